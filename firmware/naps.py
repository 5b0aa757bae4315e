"""Light sleep in the waits of a wake: while parts warm up, the chip has nothing to do.

Only where no task waits for a stream, as a UART receives nothing meanwhile.  ESP-IDF lets go of a C3's and an
S3's outputs in light sleep (CONFIG_ESP_SLEEP_GPIO_RESET_WORKAROUND), so the supplies of parts are held.
"""

from asyncio import core

import machine

LEAST_MS = 5  # to fall asleep and to wake take about one


class Naps:
    """Naps in asyncio's waits from now on; `slept_ms` so far."""

    def __init__(self, supplies):
        """supplies: pins."""
        self.slept_ms = 0
        self._supplies = supplies
        self._streams = core._io_queue  # asyncio offers no other place
        self._wait = self._streams.wait_io_event
        self._streams.wait_io_event = self._wait_or_nap

    def _wait_or_nap(self, ms):
        if ms < LEAST_MS or self._streams.map:
            self._wait(ms)
            return
        for pin in self._supplies:
            pin.init(hold=True)
        machine.lightsleep(ms)
        for pin in self._supplies:
            pin.init(hold=False)
        self.slept_ms += ms

"""Sleep: what wakes the chip, and the memory that stays powered meanwhile.

`machine.deepsleep` ends the program; `Esp32` then waits, without a VM, for `wait`, and boots.
"""

import errno
from collections.abc import Callable

from host_tools.simulator.chip.pins import Pins
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.vm.files import File

# ESP-IDF's esp_sleep_wakeup_cause_t
EXT0, EXT1, TIMER, GPIO = 2, 3, 4, 7
# Pins that can wake the chip from deep sleep: datasheets, "RTC_GPIO" (ESP32, S3) and VDD3P3_RTC domain (C3).
EXT_PINS = {
    "esp32": frozenset([0, 2, 4, *range(12, 16), *range(25, 28), *range(32, 40)]),
    "esp32s3": frozenset(range(22)),
    "esp32c3": frozenset(),  # has neither ext0 nor ext1
}
DEEP_GPIOS = {"esp32": frozenset(), "esp32s3": frozenset(), "esp32c3": frozenset(range(6))}
LOW, HIGH = 0, 1


class Sleep:
    """Wake sources, and the wait for them in either sleep."""

    def __init__(self, queue: EventQueue, pins: Pins, chip_name: str):
        self._queue = queue
        self._pins = pins
        self._ext_pins = EXT_PINS[chip_name]
        self._deep_gpios = DEEP_GPIOS[chip_name]
        # With "all low" the ESP32's ext1 wants every pin low; later chips have "any low" in its place.
        self._ext1_low = all if chip_name == "esp32" else any
        self._sources: dict[int, tuple[list[int], int]] = {}
        self.reason = 0

    def handlers(self) -> dict[str, Callable[[int, int, int], int | None]]:
        return {
            "WAKE_SOURCE": self._clear_source,
            "WAKE_PIN": self._add_pin,
            "WAKE_REASON": lambda _a, _b, _c: self.reason,
        }

    def reset(self) -> None:
        self._sources.clear()

    def wait(self, duration_ms: int, deep: bool) -> None:
        """Until `duration_ms` are over (0: no end) or a pin wakes the chip; notes the reason."""
        deadline_us = self._queue.now_us + duration_ms * 1000 if duration_ms else None
        self._queue.run_until(deadline_us, lambda: bool(self._pin_reason(deep)))
        self.reason = self._pin_reason(deep) or TIMER

    def _pin_reason(self, deep: bool) -> int:
        for source, (gpios, level) in self._sources.items():
            if source == GPIO and deep:
                gpios = [gpio for gpio in gpios if gpio in self._deep_gpios]
            enough = self._ext1_low if source == EXT1 and level == LOW else any
            if gpios and enough(self._pins.read(gpio) == level for gpio in gpios):
                return source
        return 0

    def _clear_source(self, source: int, level: int, _c: int) -> None:
        """ENODEV for a source that the chip has not; it wakes by no pin until `WAKE_PIN` names some."""
        if source in (EXT0, EXT1) and not self._ext_pins:
            raise OSError(errno.ENODEV)
        self._sources[source] = ([], level)

    def _add_pin(self, source: int, gpio: int, _c: int) -> None:
        """EINVAL for a pin that this source cannot watch."""
        if source in (EXT0, EXT1) and gpio not in self._ext_pins:
            raise OSError(errno.EINVAL)
        self._sources[source][0].append(gpio)


class RtcMemory(File):
    """`machine.RTC().memory()`: kept over every reset but a loss of power."""

    def __init__(self) -> None:
        self._data = b""

    def handlers(self) -> dict[str, Callable[[int, int, int], int | None]]:
        return {
            "RTC_MEMORY_LENGTH": lambda _a, _b, _c: len(self._data),
            "RTC_MEMORY_CLEAR": lambda _a, _b, _c: self.clear(),
        }

    def devices(self) -> dict[str, File]:
        return {"rtcmemory": self}

    def clear(self) -> None:
        self._data = b""

    def read(self, length: int) -> bytes:
        return self._data[:length]

    def write(self, data: bytes) -> int:
        self._data = data
        return len(data)

"""The RFID plate reader's own logic: one event for each tag that passes."""

import asyncio

from drivers.tag_passes import TagPasses
from firmware.outbox.record_log import EVENT
from protocols.compat import sleep_ms, ticks_diff, ticks_ms
from protocols.errors import BusError
from protocols.message_numbers import PASS

LIMIT = 64  # tags before the antenna at once: the bikes of a green light
STORE_MS = 1000
RESTART_MS = 10_000


class Application:
    """`record(cls, code, data, ago_s)` stores an event."""

    def __init__(self, parts, record):
        self.commands = {}
        self._reader = parts["reader"]
        self._record = record
        self._passes = TagPasses(limit=LIMIT)
        self._ended = []  # passes that are still to be stored

    async def run(self):
        """For ever."""
        await asyncio.gather(self._listen(), self._store())

    async def _listen(self):
        """Hear tags; a reader that fails is switched off for a while and started anew."""
        while True:
            try:
                await self._reader.start()
                async for epc, rssi_dbm in self._reader:
                    self._ended += self._passes.heard(epc, rssi_dbm, ticks_ms())
            except BusError as error:
                print("rfid_reader:", error)
            try:
                await self._reader.stop()
            except BusError:  # it is switched off all the same
                pass
            await sleep_ms(RESTART_MS)

    async def _store(self):
        """Passes one by one: writing flash takes a while, in which the UART's buffer fills up."""
        while True:
            await sleep_ms(STORE_MS)
            self._ended += self._passes.ended(ticks_ms())
            while self._ended:
                epc, first_ms, duration_ms, count, peak_dbm = self._ended.pop(0)
                ago_s = ticks_diff(ticks_ms(), first_ms) // 1000
                self._record(EVENT, PASS, (epc, duration_ms, count, peak_dbm), ago_s)
                await sleep_ms(0)

"""The node: sampler → report → outbox → uplink, and commands on the way back."""

import asyncio
import struct

import board
from esp32 import NVS

from firmware import provisioning
from firmware.commands import Commands
from firmware.hardware import Hardware
from firmware.kept import NAMESPACE, TIME_SLOT, RtcSlot
from firmware.outbox import Outbox
from firmware.record_log import RecordLog
from firmware.rtc import Rtc
from firmware.sampler import Sampler
from firmware.sequence_numbers import SequenceNumbers
from firmware.uplink import Uplink
from firmware.uptime import Uptime
from protocols.compat import sleep_ms, ticks_add, ticks_diff, ticks_ms
from protocols.timekeeping import NETWORK, SERVER, Timekeeper

OUTBOX_FOLDER, OUTBOX_FILES = "/outbox", 256  # a megabyte of flash, and weeks out of coverage
NOT_BEFORE = 189_388_800  # 2026-01-01, in seconds since 2020: this firmware has never seen an earlier day
KEPT_TIME = "<iii"  # what Timekeeper keeps over a reset
SETTLE_MS = 2000  # after a command, until the sensors show what it did


async def main():
    try:
        settings = provisioning.load()
    except provisioning.NotProvisionedError as error:
        print("node: not provisioned:", error)
        print("node: run `citynode provision` on this port")
        return
    print("node:", settings.node, "is a", board.PRODUCT)
    await Node(settings, _link(settings)).run()


def _application():
    """The product's own module, named as the product is."""
    return getattr(__import__("firmware." + board.PRODUCT), board.PRODUCT).Application


def _link(settings):
    """The way to the server; what is not used is not loaded."""
    if settings.plaintext:
        print("node: THE LINK IS NOT PROTECTED (plaintext, for development only)")
        from firmware.plain_link import PlainLink

        return PlainLink(settings)
    from firmware.secure_link import SecureLink

    return SecureLink(settings)


def _unpacked(kept):
    """What the Timekeeper kept before a reset, or None."""
    return struct.unpack(KEPT_TIME, kept) if len(kept) == struct.calcsize(KEPT_TIME) else None


class Node:
    def __init__(self, settings, link):
        hardware = Hardware()
        application = _application()(hardware.parts)
        self._kept_time = RtcSlot(*TIME_SLOT)
        self._clock = Timekeeper(Rtc(), NOT_BEFORE, _unpacked(self._kept_time.load()))
        self._uptime = Uptime()
        nvs = NVS(NAMESPACE)
        log = RecordLog(OUTBOX_FOLDER, OUTBOX_FILES)
        self._outbox = Outbox(log, SequenceNumbers(nvs, log.last + 1))
        self._sampler = Sampler(hardware.parts, self._log)
        self._modem = hardware.modem()
        self._modem.on_event = lambda name, text: self._log("modem: %s %s" % (name, text))
        self._uplink = Uplink(self._modem, self._outbox, link, settings, self._clock.now, self._log)
        self._commands = Commands(application.commands, self._outbox, self._clock, nvs, self._log)
        self._period_ms = 1000 * (settings.report_s or board.REPORT_S)
        self._sample_now = asyncio.Event()

    async def run(self):
        await asyncio.gather(
            self._modem.reader(), self._report(), self._uplink.run(self._on_connected, self._on_downlink)
        )

    async def _report(self):
        """Sample and report, every period and when something has changed an output."""
        due_ms = ticks_ms()
        while True:
            self._outbox.add_report(self._clock.now(), self._uptime.seconds(), await self._sampler.sample())
            self._uplink.outgoing.set()
            # Counted from when the last one was due, not from when it was ready: nothing drifts.
            while ticks_diff(due_ms, ticks_ms()) <= 0:
                due_ms = ticks_add(due_ms, self._period_ms)
            try:
                await asyncio.wait_for_ms(self._sample_now.wait(), ticks_diff(due_ms, ticks_ms()))
                self._sample_now.clear()
                await sleep_ms(SETTLE_MS)
            except asyncio.TimeoutError:
                pass

    async def _on_connected(self):
        time = await self._modem.network_time()
        if time is not None:
            self._set_clock(time, NETWORK)

    def _on_downlink(self, answer):
        self._set_clock(answer.time, SERVER)
        if self._commands.receive(answer.commands):
            self._uplink.outgoing.set()
            self._sample_now.set()

    def _set_clock(self, time, source):
        """Follow the network's or the server's time; date the reports that were taken before it was known."""
        changed = self._clock.synchronise(time, source)
        self._kept_time.store(struct.pack(KEPT_TIME, *self._clock.kept))
        if changed:
            self._log("clock: %d became %d" % changed)
        if self._clock.now() is not None:
            self._outbox.date(self._clock.now(), self._uptime.seconds())

    def _log(self, text):
        print("%6d s  %s" % (self._uptime.seconds(), text))

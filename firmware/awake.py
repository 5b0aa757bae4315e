"""The life of a node that stays awake: its loops side by side, each working on what the others leave it.

parts → reporter → outbox → uplink, and what the server answers on the way back.  In safe mode, after a crash
loop, parts and application are left alone: outputs are safe, and the node can be asked and told.
"""

import asyncio

import board
from esp32 import NVS

from firmware import crash, last_gasp, provisioning
from firmware.answers import Answers
from firmware.commands import Commands
from firmware.configuration import KEYS, LONGEST, Configuration
from firmware.factory_reset import Resets
from firmware.hardware import Hardware, load
from firmware.health import Health
from firmware.kept import NAMESPACE, OUTPUT_SLOT, NvsBlob, RtcSlot
from firmware.link import open_link
from firmware.loop_watch import LoopWatch
from firmware.outbox.record_log import EVENT, TELEMETRY
from firmware.outbox.records import HEALTH_TABLE
from firmware.outputs import Outputs
from firmware.store import FOLDER, Store
from firmware.uplink import Uplink
from firmware.uptime import Uptime
from protocols.compat import sleep_ms, ticks_add, ticks_diff, ticks_ms
from protocols.message_numbers import CONFIGURATION_REFUSED

SETTLE_MS = 2000  # after an output has changed, until the sensors show what it did
POLL_S = 60
FIRST_HEALTH_S = 120  # so long the first report of it waits for the network, whose signal is part of it
SAFE_HEALTH_S = 240  # in safe mode nothing else keeps the way to the node open (RFC 4787: NATs wait 5 min)
SLACK_S = 300  # by which a loop may be late before it counts as dead
UPLINK_S = 7200  # longer than the modem's longest patience and pause together


async def main(safe):
    """safe: safe mode, after a crash loop.  Returns only if the node cannot work."""
    settings = provisioning.settings()
    if settings:
        await Awake(settings, safe).run()


class Awake:
    def __init__(self, settings, safe):
        """settings: as provisioned."""
        self._safe = safe
        self._settled = asyncio.Event()  # an output was set: what does it do?
        self._answered = asyncio.Event()  # the server has: the modem is through with what it was busy with
        self._uplink = None
        uptime = self._uptime = Uptime()
        hardware = Hardware(_parts(safe))
        self._parts = hardware.parts
        outputs = self._outputs = Outputs(
            board.OUTPUTS, hardware.parts, None, {}, {}, RtcSlot(*OUTPUT_SLOT), self.log
        )
        store = Store(uptime, self._offer, self.log)
        self._clock, self._recorder = store.clock, store.recorder
        blobs = [NvsBlob(key, LONGEST) for key in KEYS]
        configuration = self._configuration = Configuration(board, settings, blobs, self._refused, self.log)
        self._watchdog = LoopWatch({"uplink": UPLINK_S}, crash.note)
        modem = self._modem = hardware.modem()
        modem.on_event = store.recorder.modem_event
        self._uplink = Uplink(
            modem,
            store.outbox,
            open_link(settings),
            configuration,
            self._clock.now,
            self._watchdog.alive,
            self.log,
        )
        self._health = Health(modem, store.outbox, store.wear, uptime.seconds, lambda: configuration.version)
        handlers = outputs.commands(self._clock.now)
        handlers.update(hardware.commands())
        self._loops = []
        if not safe:
            self._start_parts(hardware.parts, handlers)
        resets = Resets(settings.node, store.outbox, configuration, FOLDER)
        handlers.update(resets.commands)
        commands = Commands(handlers, store.outbox, self._clock, NVS(NAMESPACE), self.log)
        self._answers = Answers(
            modem,
            self._clock,
            uptime,
            store.outbox,
            configuration,
            commands,
            resets,
            outputs.clock_jumped,
            self.log,
        )
        self._apply()

    def log(self, text):
        print("%6d s  %s" % (self._uptime.seconds(), text))

    async def run(self):
        self._uplink.offer(urgent=True)  # the server may have waited for this node to come back
        await asyncio.gather(
            self._watchdog.run(),
            self._modem.reader(),
            self._uplink.run(self._answers.connected, self._on_downlink, board.LISTENS),
            self._outputs.run(self._clock.now, self._answers.silent_s, self._settled.set),
            self._live(),
            self._report_health(),
            *self._loops,
        )

    def _start_parts(self, parts, handlers):
        from firmware.reporter import Reporter

        event = self._recorder.event
        self._reporter = Reporter(parts, self._recorder, self.log)
        self._loops.append(self._sample())
        for part in parts.values():
            if hasattr(part, "failed"):  # a MainsMonitor
                self._loops.append(last_gasp.watch(part, event))
        if board.APPLICATION:
            application = load(board.APPLICATION + ":Application")(parts, event)
            handlers.update(application.commands)
            self._loops.append(application.run())

    def _offer(self, urgent):
        if self._uplink:  # else `run` will offer what there is
            self._uplink.offer(urgent)

    def _refused(self, version, text):
        self._recorder.event(EVENT, CONFIGURATION_REFUSED, (version, text))

    # -- its loops

    async def _sample(self):
        """A round of the parts every sample_s, and one when an output has been set."""
        due_ms = ticks_ms()
        left_s = 0  # from that round on, until a report is due
        while True:
            self._watchdog.alive("sample")
            began_ms = ticks_ms()
            is_due = left_s <= 0 and ticks_diff(due_ms, began_ms) <= 0
            if is_due:
                left_s += self._configuration.report_s
            await self._reporter.round(self._uptime.seconds(), is_due)
            # Counted from when the last one was due, not from when it was ready: nothing drifts.  Until it
            # began, not until now: a round for an output that ends after the next is due does not replace it.
            sample_s = self._configuration.sample_s
            while ticks_diff(due_ms, began_ms) <= 0:
                due_ms = ticks_add(due_ms, 1000 * sample_s)
                left_s -= sample_s
            if ticks_diff(due_ms, began_ms) > 1000 * sample_s:  # the server wants it more often
                due_ms = ticks_add(began_ms, 1000 * sample_s)
                left_s = min(left_s, self._configuration.report_s - sample_s)
            try:
                await asyncio.wait_for_ms(self._settled.wait(), ticks_diff(due_ms, ticks_ms()))
                self._settled.clear()
                await sleep_ms(SETTLE_MS)
            except asyncio.TimeoutError:
                pass

    async def _report_health(self):
        try:
            await asyncio.wait_for(self._answered.wait(), FIRST_HEALTH_S)
        except asyncio.TimeoutError:
            pass
        while True:
            self._recorder.report(await self._health.values(), TELEMETRY, HEALTH_TABLE)
            told_s = self._uptime.seconds()
            while self._uptime.seconds() - told_s < self._health_s():
                await sleep_ms(1000 * min(POLL_S, self._health_s()))

    def _health_s(self):
        return SAFE_HEALTH_S if self._safe else self._configuration.health_s

    async def _live(self):
        """What ends by itself: the trial of a configuration, a node's first minutes, safe mode."""
        first_s = crash.SAFE_S if self._safe else crash.EARLY_S
        is_first = True
        while True:
            await sleep_ms(1000 * POLL_S)
            self._configuration.poll(self._uptime.seconds())
            if self._apply():
                self._settled.set()
            if is_first and self._uptime.seconds() >= first_s:
                is_first = False
                if self._safe:
                    crash.leave_safe_mode()
                crash.lived()

    # -- what comes back

    def _on_downlink(self, answer):
        self._answered.set()
        if self._answers.received(answer):
            self._uplink.offer(urgent=True)
            self._settled.set()
        if self._configuration.on_trial():
            self._uplink.offer(urgent=True)  # one more answer, and it is in force
        if self._apply():
            self._settled.set()  # the next sample may be due sooner

    def _apply(self):
        """Have the configuration take effect; True if there is anything new in it."""
        configuration = self._configuration
        if not configuration.changed or self._safe:
            return False
        configuration.changed = False
        self._outputs.configure(configuration.place, configuration.plans, configuration.safe)
        configuration.configure_parts(self._parts)
        self._reporter.rules.rules = configuration.rules
        self._watchdog.deadlines_s["sample"] = configuration.sample_s + SLACK_S
        return True


def _parts(safe):
    """In safe mode only those that are outputs."""
    return {part: board.PARTS[part] for part, _ in board.OUTPUTS.values()} if safe else board.PARTS

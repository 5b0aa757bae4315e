"""The life of a node that sleeps: one wake, from why the chip woke to the deep sleep after it.

Most wakes have nothing to say.  They load what reads and judges the parts, and no more: the outbox is opened
to store something (store.py), modem and keys are loaded to send something (radio_turn.py).

No deep sleep comes in the first seconds after any other start, so that a person at the console has a way in.
"""

import time

import board
import esp32
import machine

from firmware import crash
from firmware.hardware import Hardware
from firmware.kept import RULES_SLOT, WAKE_SLOT, RtcSlot
from firmware.reporter import reporter
from firmware.uptime import Uptime
from firmware.wake_plan import WakePlan, due
from protocols.compat import sleep_ms

PERIODS = board.SAMPLE_S, board.REPORT_S, board.SEND_S, board.HEALTH_S
ROUNDS = 3  # of one wake: something may happen while the parts are read
WAY_IN_S = 15


async def main(safe):
    """safe: safe mode, after a crash loop.  Returns only if the node cannot work."""
    sleeper = Sleeper(safe)
    if sleeper.woke or sleeper.settings():
        await sleeper.run()


class Sleeper:
    def __init__(self, safe):
        self._safe = safe
        self._slot = RtcSlot(*WAKE_SLOT)
        self.woke = machine.reset_cause() == machine.DEEPSLEEP_RESET
        self.plan = plan = WakePlan(self._slot.load(), PERIODS, time.time())
        self.woken_at = time.time() - plan.started
        self.uptime = Uptime(self.woken_at)
        self.hardware = Hardware({} if safe else board.PARTS)
        self.store = None
        self._settings = self._configuration = None
        plan.wakes += 1
        if not self.woke:
            plan.restart(self.woken_at)

    def clock_jumped(self, _old, _new):
        """The chip's clock was set."""
        self.plan.started = time.time() - self.uptime.seconds()
        self._slot.store(self.plan.kept)

    def log(self, text):
        print("%6d s  %s" % (self.uptime.seconds(), text))

    async def run(self):
        """Ends in deep sleep."""
        if self._safe and self.woke:
            crash.leave_safe_mode()
        if not self._safe:
            await self._watch_parts()
        if due(self.plan.send_at, self.uptime.seconds()):
            self._slot.store(self.plan.kept)
            from firmware.radio_turn import RadioTurn

            await RadioTurn(self).run()
        if not self.woke:
            await sleep_ms(1000 * max(0, WAY_IN_S - self.uptime.seconds() + self.woken_at))
        if self._safe:
            machine.deepsleep(1000 * crash.SAFE_S)
        if not self.woke:
            crash.lived()
        self._sleep()

    # -- what is loaded for those who need it

    def settings(self):
        """As provisioned; None, and a word at the console, without."""
        if not self._settings:
            from firmware import provisioning

            self._settings = provisioning.settings()
        return self._settings

    def configuration(self):
        if not self._configuration:
            from firmware.configuration import KEYS, LONGEST, Configuration
            from firmware.kept import NvsBlob

            blobs = [NvsBlob(key, LONGEST) for key in KEYS]
            self._configuration = Configuration(
                board, self.settings(), blobs, self._refused, self.log, self.woke
            )
        return self._configuration

    def opened(self):
        """The Store."""
        if not self.store:
            from firmware.store import Store

            plan = self.plan
            self.store = Store(self.uptime, self._offer, self.log, plan.boot, plan.undated)
            plan.boot = self.store.numbers.boot
        return self.store

    # -- a Recorder that opens the outbox for the first record

    def report(self, *report):
        self.opened().recorder.report(*report)

    def event(self, *event):
        self.opened().recorder.event(*event)

    def _offer(self, urgent):
        self.plan.stored(self.uptime.seconds(), urgent)

    def _refused(self, version, text):
        from firmware.outbox.record_log import EVENT
        from protocols.message_numbers import CONFIGURATION_REFUSED

        self.event(EVENT, CONFIGURATION_REFUSED, (version, text))

    # -- parts

    async def _watch_parts(self):
        """A round of the parts if one is due, or a pin ended the sleep; and again while pins go high."""
        plan = self.plan
        if not due(plan.sample_at, self.woken_at) and machine.wake_reason() == machine.TIMER_WAKE:
            return
        slot = RtcSlot(*RULES_SLOT)
        kept = slot.load() or b"\0"
        rules_end = 1 + kept[0]
        watch = reporter(self.hardware.parts, self, kept[1:rules_end], kept[rules_end:], self.log)
        if plan.configured:
            watch.rules.rules = self.configuration().rules
        known = plan.left_out
        for _ in range(ROUNDS):
            now = self.uptime.seconds()
            is_due = due(plan.report_at, now)
            await watch.round(now, is_due)
            if is_due:
                plan.reported(now)
            high = _high()
            if not high & ~known:
                break
            known = high
        plan.sampled(self.uptime.seconds())
        kept = watch.rules.kept
        slot.store(bytes((len(kept),)) + kept + watch.faults.kept)

    # -- sleep

    def _sleep(self):
        plan, now = self.plan, self.uptime.seconds()
        if self.store:
            plan.undated = self.store.outbox.undated and self.store.clock.now() is None
        plan.left_out = _high()
        call, gpios = board.WAKE
        # One that is high would end the sleep at once, again and again: samples watch it until it is low.
        pins = [machine.Pin(gpio) for gpio in gpios if not plan.left_out >> gpio & 1]
        if pins:
            getattr(esp32, call)(pins, esp32.WAKEUP_ANY_HIGH)
        self._slot.store(plan.kept)
        machine.deepsleep(1000 * plan.sleep_s(now))


def _high():
    """A bit for each GPIO of board.WAKE that is high."""
    return sum([machine.Pin(gpio).value() << gpio for gpio in board.WAKE[1]])

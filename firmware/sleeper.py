"""The life of a node that sleeps: one wake, from why the chip woke to the deep sleep after it.

Most wakes have nothing to say.  They load what reads and judges the parts, and no more: the outbox is opened
to store something (store.py), modem and keys are loaded to send something (radio_turn.py).

No deep sleep comes in the first seconds after any other start, so that a person at the console has a way in.
"""

import time
from random import getrandbits

import board
import esp32
import machine

from firmware import crash, watchdog
from firmware.budget import Budget
from firmware.hardware import Hardware
from firmware.kept import WAKE_SLOT, RtcSlot
from firmware.naps import Naps
from firmware.reporter import Reporter
from firmware.uptime import Uptime
from firmware.wake_plan import WakePlan, due
from protocols.compat import sleep_ms

PERIODS = board.SAMPLE_S, board.REPORT_S, board.SEND_S, board.HEALTH_S
ROUNDS = 3  # of one wake: something may happen while the parts are read
WAY_IN_S = 15
SHELF_WAY_IN_S = 600  # for who provisions it
SHELF_S = 86_400  # then it sleeps, as long as nobody has, and looks once a day
LOW_MV, LOW_HYSTERESIS_MV = 3000, 150  # of a cell, under the load of a chip that is awake
DEPASSIVATE_MS = 10_000  # of the chip's own current, before a modem's that broke the cell's voltage down


async def main(safe):
    """safe: safe mode, after a crash loop.  Does not return."""
    sleeper = Sleeper(safe)
    if sleeper.woke or sleeper.settings():
        await sleeper.run()
    await _wait_on_the_shelf()


async def _wait_on_the_shelf():
    """Not provisioned: a person at the console has a while, after a start that was no wake."""
    if machine.reset_cause() != machine.DEEPSLEEP_RESET:
        chip = watchdog.start()
        for _ in range(SHELF_WAY_IN_S // watchdog.ROUND_S):
            chip.feed()
            await sleep_ms(1000 * watchdog.ROUND_S)
    machine.deepsleep(1000 * SHELF_S)


class Sleeper:
    def __init__(self, safe):
        self._safe = safe
        self._slot = RtcSlot(*WAKE_SLOT)
        self._begun_ms = time.ticks_ms()
        kept = self._slot.load()
        cause = machine.reset_cause()
        slept = cause == machine.DEEPSLEEP_RESET
        # What power-on would have cleared: the cell's voltage broke down, and the chip knows no better name.
        self._dipped = cause == machine.PWRON_RESET and bool(kept)
        self._broke_off_turn = False
        self.woke = (slept and bool(kept)) or self._dipped
        self.plan = plan = WakePlan(kept, PERIODS, time.time())
        self.woken_at = time.time() - plan.started
        self.uptime = Uptime(self.woken_at)
        self.hardware = Hardware({} if safe else board.PARTS)
        self.hardware.stretch(plan.stretch)
        # A light sleep would cut the USB console off.
        self._naps = Naps(self.hardware.supplies) if self.woke else None
        self.store = None
        self._settings = self._configuration = None
        self.budget = Budget()
        self.budget.woke(self.woken_at)
        self._numbers = self.budget.numbers if slept else (-1, -1)
        plan.wakes += 1
        if self._dipped:
            self.budget.brown_outs += 1
            self._broke_off_turn = plan.broke_down(self.woken_at, getrandbits(10))
        elif not self.woke:
            plan.restart(self.woken_at)

    def clock_jumped(self, old, new):
        """The chip's clock was set."""
        self.hardware.clock_jumped(new - old)
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
        plan, radio_s = self.plan, 0
        if self._broke_off_turn or due(plan.send_at, self.uptime.seconds()):
            from firmware.radio_turn import RadioTurn

            if self.budget.brown_outs and plan.failures:
                time.sleep_ms(DEPASSIVATE_MS)  # which is no nap
            self._slot.store(plan.kept)
            began, high = self.uptime.seconds(), _high()
            turn = RadioTurn(self)
            await (turn.end() if self._broke_off_turn else turn.run())
            radio_s = self.uptime.seconds() - began
            if _high() & ~high:  # nobody has looked at it
                plan.sample_again(self.uptime.seconds(), 1)
        if not self.woke:
            await sleep_ms(1000 * max(0, WAY_IN_S - self.uptime.seconds() + self.woken_at))
        if self._safe:
            machine.deepsleep(1000 * crash.SAFE_S)
        if self.woke:  # a start alone is no life: the wakes may be what crashes
            crash.lived()
        awake_ms = time.ticks_diff(time.ticks_ms(), self._begun_ms)
        self.budget.awake(awake_ms - (self._naps.slept_ms if self._naps else 0), radio_s)
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
            self.store = Store(self.uptime, self._offer, self.log, plan.boot, plan.undated, self._numbers)
            plan.boot = self.store.numbers.boot
        return self.store

    # -- a Recorder that opens the outbox for the first record

    def report(self, *report):
        return self.opened().recorder.report(*report)

    def event(self, *event):
        return self.opened().recorder.event(*event)

    def _offer(self, urgent):
        self.plan.stored(self.uptime.seconds(), urgent, self.hardware.send_s())
        self._slot.store(self.plan.kept)  # a brown-out may come before the sleep

    def _refused(self, version, text):
        from firmware.outbox.record_log import EVENT
        from protocols.message_numbers import CONFIGURATION_REFUSED

        self.event(EVENT, CONFIGURATION_REFUSED, (version, text))

    # -- parts

    async def _watch_parts(self):
        """A round of the parts if they are to be read; and again while pins go high."""
        if not self._is_wanted():
            return
        plan = self.plan
        watch = Reporter(self.hardware.parts, self, self.log)
        if plan.configured or not self.woke:  # it may be, and the RTC forgot it with the power
            watch.rules.rules = self.configuration().rules
            self.configuration().configure_parts(self.hardware.parts)
        known = plan.left_out
        for _ in range(ROUNDS):
            now = self.uptime.seconds()
            is_due = due(plan.report_at, now) or self.hardware.send_s() is not None
            await watch.round(now, is_due)
            if is_due:
                plan.reported(now)
            high = _high()
            if not high & ~known or plan.send_at <= self.uptime.seconds():  # an alarm does not wait
                break
            known = high
        self._look_at_cell()
        plan.sampled(self.uptime.seconds(), self.hardware.again_s())

    def _is_wanted(self):
        """Whether parts are to be read: a sample is due, or a pin ended the sleep.

        What broke the cell's voltage down is not done again at once.  Who opened a cover then is seen, once.
        """
        plan = self.plan
        if not self._dipped:
            return machine.wake_reason() != machine.TIMER_WAKE or plan.sample_is_due(self.woken_at)
        risen = _high() & ~plan.left_out
        plan.left_out |= risen
        self._slot.store(plan.kept)
        return bool(risen)

    def _look_at_cell(self):
        """Low for good when its charge is nearly used; by its voltage, until that is back."""
        battery = self.hardware.parts.get("battery")
        if battery and battery.last_mv:
            low_mv = LOW_MV + (LOW_HYSTERESIS_MV if self.plan.low else 0)
            self.plan.low = battery.last_mv < low_mv or self.budget.is_low()

    # -- sleep

    def _sleep(self):
        plan, now = self.plan, self.uptime.seconds()
        if self.store:
            self.budget.numbers = self.store.numbers.kept
            plan.undated = self.store.outbox.undated and self.store.clock.now() is None
        plan.sample_again(now, self.hardware.again_s())
        plan.left_out = _high()
        call, gpios = board.WAKE
        # One that is high would end the sleep at once, again and again: samples watch it until it is low.
        pins = [machine.Pin(gpio) for gpio in gpios if not plan.left_out >> gpio & 1]
        if pins:
            getattr(esp32, call)(pins, esp32.WAKEUP_ANY_HIGH)
        self._slot.store(plan.kept)
        self.budget.store()
        machine.deepsleep(1000 * plan.sleep_s(now))


def _high():
    """A bit for each GPIO of board.WAKE that is high."""
    return sum([machine.Pin(gpio).value() << gpio for gpio in board.WAKE[1]])

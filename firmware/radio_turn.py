"""The use of the radio in one wake: all that waits is delivered, and what the server wants is done.

The modem's supply stays on while the chip sleeps, and so does its registration.  It is taken as it was left,
and started as after power-on only if it is not so, or if nothing came through it in the wake before.
"""

import asyncio
from random import getrandbits

import machine
from esp32 import NVS

from drivers.modem.ladder import PIN_RUNGS
from firmware.answers import Answers
from firmware.commands import Commands
from firmware.factory_reset import Resets
from firmware.kept import NAMESPACE
from firmware.link import open_link
from firmware.outbox.record_log import TELEMETRY
from firmware.outbox.records import HEALTH_TABLE
from firmware.store import FOLDER
from firmware.uplink import RefusedError, Uplink
from firmware.wake_plan import due
from firmware.watchdog import TIMEOUT_MS
from protocols.coap.client import ResetError
from protocols.compat import sleep_ms
from protocols.errors import DecodeError, LinkTimeout, ModemError
from protocols.oscore.errors import OscoreError

PATIENCE_MS = 240_000  # a first search for the network easily takes minutes
FEED_MS = 10_000
RESET_AFTER = 3  # fruitless turns in a row: then the modem is reset, whatever it says


class RadioTurn:
    def __init__(self, sleeper):
        store, configuration, settings = sleeper.opened(), sleeper.configuration(), sleeper.settings()
        self._sleeper = sleeper
        self._plan = sleeper.plan
        self._store = store
        self._configuration = configuration
        self._log = log = sleeper.log
        self._again = False  # the server shall learn what has become of its answer
        self._modem = modem = sleeper.hardware.modem()
        modem.on_event = store.recorder.modem_event
        self._loops = [asyncio.create_task(modem.reader()), asyncio.create_task(_feed())]
        self._uplink = Uplink(
            modem, store.outbox, open_link(settings), configuration, store.clock.now, lambda name: None, log
        )
        resets = Resets(settings.node, store.outbox, configuration, FOLDER)
        handlers = sleeper.hardware.commands()
        handlers.update(resets.commands)
        commands = Commands(handlers, store.outbox, store.clock, NVS(NAMESPACE), log)
        self._answers = Answers(
            modem,
            store.clock,
            sleeper.uptime,
            store.outbox,
            configuration,
            commands,
            resets,
            sleeper.clock_jumped,
            log,
        )

    async def run(self):
        """Deliver, note in the plan how it went, and let the modem sleep."""
        plan, uptime = self._plan, self._sleeper.uptime
        try:
            await asyncio.wait_for_ms(self._deliver(), PATIENCE_MS)
            plan.delivered(self._sleeper.woken_at)
        except asyncio.TimeoutError:
            self._fail("it takes too long")
        except (LinkTimeout, ModemError, RefusedError, DecodeError, OscoreError, ResetError) as error:
            self._fail(error)
        self._configure(uptime.seconds())
        await self.end()

    async def end(self):
        """Let the modem sleep, also one that went on when a brown-out broke a turn off."""
        try:
            await self._modem.rest(self._plan.failures > 0)
        except (LinkTimeout, ModemError) as error:
            self._log("modem: %s" % error)
        for loop in self._loops:
            loop.cancel()

    async def _deliver(self):
        plan, modem = self._plan, self._modem
        if not self._sleeper.woke or plan.failures or not await modem.resume():
            if plan.failures >= RESET_AFTER:
                await self._reset()
            self._log("modem: starting")
            await modem.start()
            await self._answers.connected()
        more = True
        while more:
            self._again = False
            more = await self._uplink.deliver(self._answers.connected, self._on_downlink) or self._again
            more = await self._tell_health() or more
        if modem.cell_id:
            self._sleeper.hardware.at_cell(modem.cell_id)

    async def _reset(self):
        for rung in PIN_RUNGS:
            if self._modem.has(rung):
                self._log("modem: %s after %d fruitless turns" % (rung, self._plan.failures))
                try:
                    await self._modem.press(rung)
                except LinkTimeout:
                    pass  # it may be off, and `start` switches it on
                return

    async def _tell_health(self):
        """Store a report of it if one is due: after an exchange, as a modem in PSM measures no signal."""
        now = self._sleeper.uptime.seconds()
        is_due = due(self._plan.health_at, now)
        if is_due:
            from firmware.health import Health

            store, version = self._store, self._configuration.version
            health = Health(self._modem, store.outbox, store.wear, lambda: now, lambda: version)
            budget = self._sleeper.budget
            budget.keep()
            health.budget = budget
            store.recorder.report(await health.values(), TELEMETRY, HEALTH_TABLE)
            self._plan.told_health(now)
        return is_due

    def _on_downlink(self, answer):
        version = self._configuration.version
        self._again = self._answers.received(answer) or self._configuration.version != version

    def _fail(self, reason):
        self._log("uplink: %s" % reason)
        self._plan.failed(self._sleeper.uptime.seconds(), getrandbits(10))
        self._configuration.failed()
        self._configuration.poll(self._sleeper.uptime.seconds())

    def _configure(self, now):
        """Have the configuration take effect, from the next wake on."""
        new = self._configuration
        self._plan.configure((new.sample_s, new.report_s, new.send_s, new.health_s), new.version > 0, now)


async def _feed():
    chip = machine.WDT(timeout=TIMEOUT_MS)
    while True:
        chip.feed()
        await sleep_ms(FEED_MS)

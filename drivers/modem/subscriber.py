"""The module as a subscriber: settings, SIM, registration, and what the network grants."""

import asyncio

from drivers.modem.dialogue import in_time
from drivers.modem.module import Module
from protocols import at, at_values
from protocols.compat import sleep_ms
from protocols.errors import LinkTimeout, ModemError

RESUME_TRIES = 5  # one a second: an MT2625 recalls its network up to two seconds after deep sleep
FORGOTTEN = "0"  # the detail of +CEREG after a reboot


class Subscriber(Module):
    """See `Modem` for the parameters and for `identity` and `restarted`."""

    def __init__(self, uart, profile, pins, apn, bands, contract):
        self.identity = {}
        self.contract = contract
        self.restarted = asyncio.Event()
        # Values for the rows of `profile.stored`; None: leave that row alone.
        self._stored = {"apn": apn, "bands": bands, "count": bands and bands.count(",") + 1, "always": True}
        self._starting = False
        self._registration = at_values.UNKNOWN
        self._registration_changed = asyncio.Event()
        super().__init__(uart, profile, pins)
        self._dialogue.dozes = contract is not None and profile.sleeps_unasked

    @property
    def registered(self):
        """The network has accepted the module, as far as the module has told."""
        return self._registration.stat in at_values.REGISTERED

    @property
    def cell_id(self):
        """Of the serving cell, as far as the module has told; None while it is not registered."""
        return self._registration.ci if self.registered else None

    # -- from off to registered

    async def start(self):
        """From any state to registered: power, dialogue, settings, SIM, identity, network.

        ModemError also if SIM or network refuse, LinkTimeout also if the network is not found in time.  May
        be called again after any failure.
        """
        self._starting = True
        self.forget("the modem was started again")
        self._dialogue.asleep = False
        try:
            await self._power_up()
            self.restarted.clear()
            await self._store()
            await self.run(self.profile.setup)
            await self._ask_power_saving()
            await self._check_sim()
            await self.run(self.profile.radio_on)
            await self._identify()
            await self._register()
            await self._check_granted()
        finally:
            self._starting = False

    async def resume(self):
        """For a board that has slept deeply while its module stayed on: wake the module, change nothing.

        True if it is as `start` has left it, and registered.  False: it needs a `start`.
        """
        self._dialogue.asleep = True
        try:
            for _ in range(RESUME_TRIES):
                if await self._ask_registration() == FORGOTTEN:
                    break
                if self.registered:
                    return True
                await sleep_ms(1000)
        except (LinkTimeout, ModemError) as error:
            self.tell("resume", str(error))
        return False

    async def _store(self):
        """The module keeps these, so most of the time there is nothing to do."""
        values = self._stored
        for setting, question, wanted, script, reboot in self.profile.stored:
            if values[setting] is None:
                continue
            start = wanted.format(**values) + ","
            try:
                answers = [",".join(at.parse_fields(line)) + "," for line in await self.ask((question,))]
            except ModemError:  # firmware that cannot say it
                answers = []
            if not any(answer.startswith(start) for answer in answers):
                await self.run([at.fill(step, **values) for step in script])
                if reboot is not None:
                    await self.reboot(reboot)

    async def _ask_power_saving(self):
        profile = self.profile
        script = self.contract.requests(profile) if self.contract else profile.psm_off + profile.edrx_off
        for step in script:
            try:
                await self.run((step,))
            except ModemError as error:  # better reachable for too long than not at all
                self.tell("granted", str(error))

    async def _check_sim(self):
        if self.profile.sim:
            state = at.parse_fields(await self._ask_sim(self.profile.sim))[0]
            if state != "READY":
                raise ModemError("the SIM is not ready: " + state)

    async def _identify(self):
        for name, question in self.profile.identity:
            line = await self._ask_sim(question)
            fields = at.parse_fields(line)
            self.identity[name] = fields[0] if fields else line

    async def _ask_sim(self, question):
        """As `run`, but patient with a SIM that is still being read after power-on."""
        for tries_left in range(self.profile.sim_tries - 1, -1, -1):
            try:
                return await self.run((question,))
            except ModemError as error:
                if error.code not in self.profile.sim_busy_codes or not tries_left:
                    raise
            await sleep_ms(1000)

    async def _register(self):
        profile = self.profile
        await self._ask_registration()
        if self._registration.stat == at_values.DENIED:  # in an earlier attempt: make it try again
            await self.run(profile.radio_off + profile.radio_on)
            await self._ask_registration()
        timeout_ms = profile.registration_timeout_ms
        if not await in_time(self._registration_decided(), timeout_ms):
            waited = str(timeout_ms // 1000) + " s"
            raise LinkTimeout("no network after " + waited + ", " + at_values.describe(self._registration))
        if self.restarted.is_set():
            raise ModemError("the modem restarted meanwhile")
        if not self.registered:
            raise ModemError("the network refuses, " + at_values.describe(self._registration))

    async def _ask_registration(self):
        """Returns the level of detail of its URCs, as `profile.setup` has set it."""
        self._registration = at_values.UNKNOWN
        line = await self.run((self.profile.registration,))
        detail, *fields = at.parse_fields(line)
        if self._registration is at_values.UNKNOWN:  # a URC that has come meanwhile is newer than the answer
            self._on_registration(fields)
        return detail

    async def _registration_decided(self):
        while not (self.registered or self.restarted.is_set() or self._registration.stat == at_values.DENIED):
            self._registration_changed.clear()
            if self._registration.stat == at_values.ATTACH_PENDING:
                await self.run(self.profile.attach)
            if not await in_time(self._registration_changed.wait(), self.profile.ask_again_ms):
                await self._ask_registration()

    async def _check_granted(self):
        if self.contract and self.contract.edrx:
            try:
                fields = at.parse_fields(await self.run((self.profile.edrx_granted,)))
            except ModemError:
                fields = []  # firmware that cannot say it
            self._tell_granted(self.contract.on_edrx(fields))

    def _on_registration(self, fields):
        self._registration = at_values.decode_cereg(fields)
        self._registration_changed.set()
        if self.contract and self.registered:
            self._tell_granted(self.contract.on_registration(self._registration))

    def _tell_granted(self, difference):
        if difference:
            self.tell("granted", difference)

    def _on_sim(self, fields):
        if fields[0] != "READY":
            self.forget(None)
            self.tell("sim", fields[0])

    def forget(self, _reason):
        """What the module said of the network counts no more."""
        self._registration = at_values.UNKNOWN

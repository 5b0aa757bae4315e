"""The module on its board: its keys, its power, its sleep, and the commands that it is given."""

from drivers.modem.dialogue import Dialogue
from drivers.modem.ladder import PIN_RUNGS, Ladder
from protocols import at
from protocols.compat import sleep_ms
from protocols.errors import LinkTimeout, ModemError


class Module:
    """What `Modem` stands on.  The network's side is its own: `forget`, `_on_urc` and `_slept`."""

    def __init__(self, uart, profile, pins):
        self.profile = profile
        self.on_event = None
        self._pins = pins
        self._chat = at.Chat(profile.urcs, profile.line_limit)
        self._dialogue = Dialogue(uart, self._chat, self._on_urc, self._rouse)
        self._booting = False
        self._ladder = Ladder(self)

    @property
    def rungs(self):
        """How often each rung of the recovery ladder was used: name -> count."""
        return self._ladder.counts

    async def reader(self):
        """Run this beside everything else; it never returns."""
        await self._dialogue.reader()

    async def run(self, script):
        """Run AT commands (`protocols.at.command`) without others in between; see `ask`.

        Returns the last one's first line of response, or its final line.
        """
        return (await self.ask(script))[0]

    async def ask(self, script):
        """As `run`; returns all lines of the last one's response.

        Raises ModemError if the module refuses one, LinkTimeout if it does not answer.
        """
        try:
            return await self._dialogue.run(script)
        except LinkTimeout:
            self.forget(None)  # whatever it last said of the network, this module needs a `start`
            raise

    def tell(self, name, text):
        """Something has happened that whoever set `on_event` may want to log."""
        if self.on_event:
            self.on_event(name, text)

    # -- recovery

    async def recover(self, reason):
        """Call this after an exchange that failed, whatever the cause: one step up the ladder, and a pause.

        Then go on as after a boot: `start` if not `registered`, and send again.
        """
        await self._ladder.recover(reason)

    def alive(self):
        """Call this after each exchange that the server has acknowledged."""
        self._ladder.alive()

    def has(self, rung):
        """Whether profile and board have what this rung of the ladder needs."""
        if rung in PIN_RUNGS:
            script = getattr(self.profile, rung)
            return bool(script) and script[0][0] in self._pins
        return rung != "soft_reset" or bool(self.profile.soft_reset)

    async def synchronise(self):
        """Get an answer to AT, or raise LinkTimeout."""
        if not await self._revive(self.profile.wake, self.profile.sync_tries):
            raise LinkTimeout("the modem does not answer AT")

    async def press(self, rung):
        """Use the pins of that rung; LinkTimeout if the module does not answer afterwards."""
        self.forget("the modem was reset")
        if not await self._revive(getattr(self.profile, rung), self.profile.sync_tries):
            raise LinkTimeout("the modem does not answer after " + rung)

    async def reboot(self, script):
        """Reboot by command, and get an answer to AT, or raise LinkTimeout."""
        self.forget("the modem was rebooted")
        self._booting = True
        try:
            await self._dialogue.run(script)
        except (ModemError, LinkTimeout):
            pass  # some say OK first, some boot at once
        await sleep_ms(self.profile.boot_ms)
        await self.synchronise()

    async def cycle_radio(self):
        """Leave the network and attach anew; sockets are gone."""
        self.forget("the radio was switched off")
        await self.run(self.profile.radio_off + self.profile.radio_on)

    async def _power_up(self):
        """From whatever state, by ever stronger means, to an answer to AT."""
        profile = self.profile
        if await self._revive((), profile.probe_tries) or await self._revive(
            profile.power_on, profile.sync_tries
        ):
            return
        for rung in PIN_RUNGS:
            if self.has(rung):
                self._ladder.count(rung, "no answer to AT")
                if await self._revive(getattr(profile, rung), profile.sync_tries):
                    return
        raise LinkTimeout("the modem does not answer AT: check its power, its wiring and the baud rate")

    async def _revive(self, pin_script, tries):
        self._booting = True
        try:
            await self._drive(pin_script)
            return await self._dialogue.synchronise(self.profile.sync, tries)
        finally:
            self._booting = False

    async def _drive(self, pin_script):
        active = self.profile.active_level
        for pin, on, hold_ms in pin_script:
            if pin in self._pins:
                self._pins[pin].value(active if on else 1 - active)
                await sleep_ms(hold_ms)

    # -- sleep

    @property
    def at_hand(self):
        """Whether a question would neither wake the module nor wait for another command."""
        return self._dialogue.at_hand

    async def sleep(self):
        """Let the module sleep as deep as it likes; the next command, by whomever, wakes it."""
        await self.run(self.profile.sleep)
        self._dialogue.asleep = True

    async def wake(self):
        """Wake it if it may be asleep; LinkTimeout if it does not.  Every command does so by itself."""
        await self.run(())

    async def _rouse(self, certain):
        profile, dialogue = self.profile, self._dialogue
        if not await dialogue.probe(profile.sync, 1 if profile.wake else profile.probe_tries):
            await self._drive(profile.wake)
            if not await dialogue.probe(profile.sync, profile.sync_tries):
                raise LinkTimeout("the modem does not wake")
        elif not certain:
            return
        for command in profile.awake:
            await dialogue.exchange(command)
        if not profile.sockets_survive_sleep:
            self._slept()

"""What comes back from network and server goes where it belongs: the time, a configuration, commands."""

from firmware.timekeeping import NETWORK, SERVER


class Answers:
    """on_jump(old, new): the clock was set, as Timekeeper says it."""

    def __init__(self, modem, clock, uptime, outbox, configuration, commands, resets, on_jump, log):
        self._heard_s = uptime.seconds()  # when the server answered last
        self._on_jump = on_jump
        self._modem = modem
        self._clock = clock
        self._uptime = uptime
        self._outbox = outbox
        self._configuration = configuration
        self._commands = commands
        self._resets = resets
        self._log = log

    async def connected(self):
        """The modem is registered: the network may know the time."""
        time = await self._modem.network_time()
        if time is not None:
            self._set_clock(time, NETWORK)

    def received(self, answer):
        """A Downlink has come.  True if a command was carried out."""
        self._heard_s = self._uptime.seconds()
        self._resets.on_downlink()
        self._set_clock(answer.time, SERVER)
        self._configuration.take(answer.version, answer.settings)
        # Without a time nobody can tell which commands are too late; the server repeats them.
        return self._clock.now() is not None and self._commands.receive(answer.commands)

    def silent_s(self):
        """For how long the server has not answered."""
        return self._uptime.seconds() - self._heard_s

    def _set_clock(self, time, source):
        """Follow the time; date the records that were taken before it was known."""
        changed = self._clock.synchronise(time, source)
        if changed:
            self._log("clock: %d became %d" % changed)
            self._on_jump(*changed)
        if self._clock.now() is not None:
            self._outbox.date(self._clock.now(), self._uptime.seconds())

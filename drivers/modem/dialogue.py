"""The asyncio side of an AT dialogue: a UART, a `Chat`, and commands that wait for each other."""

import asyncio

from protocols import at
from protocols.compat import sleep_ms, ticks_diff, ticks_ms
from protocols.errors import LinkTimeout, ModemError

LATE_MS = 1000  # after a time-out: how long the answer to the old command may still come
QUIET_MS = 5000  # the shortest time after which a module goes to sleep unasked (SIM7020)
MOST_LINES = 40  # of one response that are kept
NAME_LENGTH = 32  # of a command within an error message: some carry a whole datagram


async def in_time(awaitable, timeout_ms):
    """Whether `awaitable` comes to its end within `timeout_ms`; if not, it is cancelled."""
    try:
        await asyncio.wait_for(awaitable, timeout_ms / 1000)
    except asyncio.TimeoutError:
        return False
    return True


class Dialogue:
    """`uart`: `write(data)` and `async read_some() -> bytes`.  `on_urc(name, fields)` takes the URCs.

    `asleep`: the module may not hear; `dozes`: it may fall asleep whenever it was quiet for a while.  Then
    `rouse(certain)`, a coroutine, is called before the next command; it may use `probe` and `exchange`.
    """

    def __init__(self, uart, chat, on_urc, rouse):
        self.asleep = False
        self.dozes = False
        self._uart = uart
        self._chat = chat
        self._on_urc = on_urc
        self._rouse = rouse
        self._turn = asyncio.Lock()
        self._over = asyncio.Event()  # the command in flight has its result
        self._result = None
        self._lines = []
        self._late = False  # an answer that nobody waits for may be on its way
        self._heard_ms = ticks_ms()

    @property
    def at_hand(self):
        """Whether a command would be sent at once: nobody has the turn, and the module need not be roused."""
        return not (self._turn.locked() or self._may_sleep())

    async def run(self, script):
        """Run the commands in turn; returns the last one's lines of response, or its final line in a list.

        Raises ModemError if the module refuses one, LinkTimeout if it does not answer.
        """
        lines = [""]
        async with self._turn:
            if self._may_sleep():
                await self._rouse(self.asleep)
                self.asleep = False
            for command in script:
                lines = await self.exchange(command)
        return lines

    async def synchronise(self, command, tries):
        """Send `command` until the module answers it; False if it never does."""
        async with self._turn:
            return await self.probe(command, tries)

    async def reader(self):
        """Read the UART for ever: answers go to whom they belong, URCs to `on_urc`."""
        while True:
            data = await self._uart.read_some()
            self._heard_ms = ticks_ms()
            for event in self._chat.feed(data):
                if isinstance(event, at.Line):
                    if len(self._lines) < MOST_LINES:
                        self._lines.append(event.text)
                elif isinstance(event, at.Result):
                    self._finish(event)
                elif isinstance(event, at.Prompt):
                    self._uart.write(event.payload)
                else:
                    self._on_urc(event.name, event.fields)

    def break_off(self, reason):
        """The command in flight, if any, fails: its answer can no longer come."""
        if self._chat.busy:
            self._chat.abandon()
            self._finish(at.Result(False, None, reason))

    # -- for who has the turn

    async def probe(self, command, tries):
        for _ in range(tries):
            try:
                await self._once(command)
            except (LinkTimeout, ModemError):  # ERROR: the module heard the halves of two
                continue
            return True
        return False

    async def exchange(self, command):
        if self._late:
            await sleep_ms(LATE_MS)
            self._late = False
        return await self._once(command)

    async def _once(self, command):
        self._lines = []
        self._over.clear()
        self._uart.write(self._chat.start(command))
        name = command.text[:NAME_LENGTH]
        try:
            if not await in_time(self._over.wait(), command.timeout_ms):
                raise LinkTimeout("the modem does not answer " + name)
        finally:  # also when the caller was cancelled
            if self._chat.busy:
                self._chat.abandon()
                self._late = True
        ok, code, text = self._result
        if not ok:
            raise ModemError(name + ": " + text, code)
        return self._lines or [text]

    def _may_sleep(self):
        return self.asleep or (self.dozes and ticks_diff(ticks_ms(), self._heard_ms) > QUIET_MS)

    def _finish(self, result):
        self._result = result
        self._over.set()

"""The asyncio side of an AT dialogue: a UART, a `Chat`, and commands that wait for each other."""

import asyncio

from protocols import at
from protocols.compat import sleep_ms
from protocols.errors import LinkTimeout, ModemError

LATE_MS = 1000  # after a time-out: how long the answer to the old command may still come
NAME_LENGTH = 32  # of a command within an error message: some carry a whole datagram


async def in_time(awaitable, timeout_ms):
    """Whether `awaitable` comes to its end within `timeout_ms`; if not, it is cancelled."""
    try:
        await asyncio.wait_for(awaitable, timeout_ms / 1000)
    except asyncio.TimeoutError:
        return False
    return True


class Dialogue:
    """`uart`: `write(data)` and `async read_some() -> bytes`.  `on_urc(name, fields)` takes the URCs."""

    def __init__(self, uart, chat, on_urc):
        self._uart = uart
        self._chat = chat
        self._on_urc = on_urc
        self._turn = asyncio.Lock()
        self._over = asyncio.Event()  # the command in flight has its result
        self._result = None
        self._lines = []
        self._late = False  # an answer that nobody waits for may be on its way

    async def run(self, script):
        """Run the commands in turn; returns the last one's first line of response, or its final line.

        Raises ModemError if the module refuses one, LinkTimeout if it does not answer.
        """
        line = None
        async with self._turn:
            for command in script:
                if self._late:
                    await sleep_ms(LATE_MS)
                    self._late = False
                line = await self._exchange(command)
        return line

    async def synchronise(self, command, tries):
        """Send `command` until the module answers it; False if it never does."""
        async with self._turn:
            for attempt in range(tries):
                try:
                    await self._exchange(command)
                except (LinkTimeout, ModemError):  # ERROR: the module heard the halves of two
                    continue
                self._late = attempt > 0
                return True
        return False

    async def reader(self):
        """Read the UART for ever: answers go to whom they belong, URCs to `on_urc`."""
        while True:
            for event in self._chat.feed(await self._uart.read_some()):
                if isinstance(event, at.Line):
                    self._lines.append(event.text)
                elif isinstance(event, at.Result):
                    self._finish(event)
                else:
                    self._on_urc(event.name, event.fields)

    def break_off(self, reason):
        """The command in flight, if any, fails: its answer can no longer come."""
        if self._chat.busy:
            self._chat.abandon()
            self._finish(at.Result(False, None, reason))

    async def _exchange(self, command):
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
        return self._lines[0] if self._lines else text

    def _finish(self, result):
        self._result = result
        self._over.set()

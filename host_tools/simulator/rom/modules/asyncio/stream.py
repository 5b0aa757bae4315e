"""Streams: UARTs and whatever else answers the poll request."""

from . import core


class Stream:
    def __init__(self, s, e={}):
        self.s = s
        self.e = e
        self._out = b""

    def get_extra_info(self, name):
        return self.e[name]

    def close(self):
        pass

    async def wait_closed(self):
        self.s.close()

    def _ready(self, slot):  # awaitable: a generator is a coroutine here
        core.wait_stream(self.s, slot)
        yield

    async def read(self, n=-1):
        """Up to `n` bytes, as soon as there are any; without `n`, all until the stream's end."""
        data = b""
        while True:
            await self._ready(core.READ)
            piece = self.s.read(n)
            if piece is not None:
                data += piece
                if n >= 0 or not piece:
                    return data

    async def readinto(self, buffer):
        await self._ready(core.READ)
        return self.s.readinto(buffer)

    async def readexactly(self, n):
        data = b""
        while len(data) < n:
            piece = await self.read(n - len(data))
            if not piece:
                raise EOFError
            data += piece
        return data

    async def readline(self):
        line = b""
        while not line.endswith(b"\n"):
            piece = await self.read(1)
            if not piece:
                break
            line += piece
        return line

    def write(self, data):
        """Sends at once what the stream takes, and keeps the rest for `drain`."""
        if not self._out:
            data = data[self.s.write(data) or 0 :]
        self._out += data

    async def drain(self):
        if not self._out:
            await core.sleep_ms(0)  # in any case the others get their turn
        while self._out:
            await self._ready(core.WRITE)
            self._out = self._out[self.s.write(self._out) or 0 :]


StreamReader = Stream
StreamWriter = Stream

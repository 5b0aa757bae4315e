"""Buses with scripted answers for the drivers' tests."""

import asyncio


class FakeSerial:
    """Each write is answered by the next of `answers`; b"" or none left is silence."""

    def __init__(self, *answers, unread=b""):
        self.written = []
        self._answers = list(answers)
        self._unread = unread

    def write(self, data):
        self.written.append(bytes(data))
        if self._answers:
            self._unread += self._answers.pop(0)

    async def read(self, count, timeout_ms):
        await asyncio.sleep(0)  # other tasks get their turn, as on a real bus
        data = self._unread[:count]
        self._unread = self._unread[count:]
        return data

    def discard(self):
        self._unread = b""


class FakePwm:
    def __init__(self):
        self.duties = []

    def duty_u16(self, value):
        self.duties.append(value)


class FakePin:
    """A pin; as an input it reads `levels` one after the other, the last one for ever."""

    OUT, IN, PULL_UP, IRQ_RISING, IRQ_FALLING = 3, 1, 2, 1, 2

    def __init__(self, *levels):
        self.levels = list(levels)
        self.written = []
        self.modes = []
        self.handler = None

    def init(self, *mode):
        self.modes.append(mode)

    def value(self, level=None):
        if level is not None:
            self.written.append(level)
        elif len(self.levels) > 1:
            return self.levels.pop(0)
        else:
            return self.levels[0]

    def irq(self, handler, trigger):
        assert trigger == self.IRQ_RISING | self.IRQ_FALLING
        self.handler = handler

"""Event, Lock, ThreadSafeFlag."""

import io

from . import core


class Event:
    def __init__(self):
        self._set = False
        self._waiting = core.TaskQueue()

    def is_set(self):
        return self._set

    def set(self):
        while self._waiting.peek():
            core._task_queue.push(self._waiting.pop())
        self._set = True

    def clear(self):
        self._set = False

    def wait(self):  # awaitable: a generator is a coroutine here
        if not self._set:
            self._waiting.push(core.cur_task)
            core.cur_task.data = self._waiting  # where `cancel` finds the task
            yield
        return True


class Lock:
    """`_holder` is True while locked, or the task that a release has handed the lock to."""

    def __init__(self):
        self._holder = False
        self._waiting = core.TaskQueue()

    def locked(self):
        return bool(self._holder)

    def release(self):
        if self._holder is not True:
            raise RuntimeError("Lock not acquired")
        if self._waiting.peek():
            self._holder = self._waiting.pop()
            core._task_queue.push(self._holder)
        else:
            self._holder = False

    def acquire(self):
        if self._holder:
            task = core.cur_task
            self._waiting.push(task)
            task.data = self._waiting
            try:
                yield
            except core.CancelledError:
                if self._holder is task:  # it was handed over and cancelled in the same moment
                    self._holder = True
                    self.release()
                raise
        self._holder = True
        return True

    async def __aenter__(self):
        return await self.acquire()

    async def __aexit__(self, kind, value, traceback):
        return self.release()


class ThreadSafeFlag(io.IOBase):
    """May be set from an interrupt; one task waits for it."""

    def __init__(self):
        self._set = 0

    def ioctl(self, request, flags):
        return self._set & flags if request == 3 else -1

    def set(self):
        self._set = 1

    def clear(self):
        self._set = 0

    def wait(self):
        if not self._set:
            core.wait_stream(self, 1)
            yield
        self._set = 0

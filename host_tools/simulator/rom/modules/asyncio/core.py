"""The loop: runs due tasks in order of time, and idles in the chip when there are none.

The C `Task` shares this module's globals: it reads `_task_queue`, `cur_task` and `CancelledError` here.
A task's `data` is what the task waits on, or, once it is done, the exception it ended with.  Its `state` is
True while it runs and nobody awaits it, a queue of those who await it, a function to call at its end, and
once done None (nobody has awaited it) or False.
"""

import sys
from _asyncio import Task, TaskQueue
from time import ticks_add, ticks_diff
from time import ticks_ms as ticks

from _chip import call
from _operations import IDLE


class CancelledError(BaseException):
    pass


class TimeoutError(Exception):
    pass


_FOREVER = -1
_POLL = 3  # the stream protocol's request for readiness
READ, WRITE = 1, 2  # slots of a stream's waiters
_FLAGS = ((READ, 1), (WRITE, 4))  # and the flags of the poll request that they wait for
_TROUBLE = 8 | 16  # flags of error and hang-up: whoever waits is woken to meet it

_task_queue = TaskQueue()
cur_task = None
_stop_task = None
_waiters = {}  # id of a stream -> [stream, task that waits to read, task that waits to write]
_failure = {"message": "Task exception wasn't retrieved", "exception": None, "future": None}


class _IOQueue:
    """Of MicroPython's own, what a program may put a wait of its own into: streams, and the loop's wait."""

    def __init__(self):
        self.map = _waiters

    def wait_io_event(self, delay_ms):
        call(IDLE, delay_ms)


_io_queue = _IOQueue()


class _Pause:
    """Awaitable of `sleep_ms`; one object is reused, so that a sleep allocates nothing."""

    def __init__(self):
        self.until = None

    def __iter__(self):
        return self

    def __next__(self):
        if self.until is None:
            raise StopIteration
        _task_queue.push(cur_task, self.until)
        self.until = None


_pause = _Pause()


def sleep_ms(duration_ms):
    _pause.until = ticks_add(ticks(), max(0, duration_ms))
    return _pause


def sleep(seconds):
    return sleep_ms(int(seconds * 1000))


def create_task(coroutine):
    if not hasattr(coroutine, "send"):
        raise TypeError("coroutine expected")
    task = Task(coroutine, globals())
    _task_queue.push(task)
    return task


def as_task(awaitable):
    return awaitable if isinstance(awaitable, Task) else create_task(awaitable)


def current_task():
    if cur_task is None:
        raise RuntimeError("no running event loop")
    return cur_task


def wait_stream(stream, slot):
    """Note that the current task waits until `stream` is ready for READ or WRITE; it must yield then."""
    waiter = _waiters.setdefault(id(stream), [stream, None, None])
    if waiter[slot]:  # on a chip the other task would never wake again, without a word
        raise RuntimeError("another task waits for this stream")
    waiter[slot] = cur_task
    cur_task.data = _StreamWait(waiter, slot)


class _StreamWait:
    """What a task that waits for a stream has as `data`: where to take it out when it is cancelled."""

    def __init__(self, waiter, slot):
        self.waiter = waiter
        self.slot = slot

    def remove(self, task):
        self.waiter[self.slot] = None


def _poll_streams():
    """Make runnable whoever waits for a stream that is ready."""
    for key in list(_waiters):
        waiter = _waiters[key]
        wanted = sum(flag for slot, flag in _FLAGS if waiter[slot])
        ready = waiter[0].ioctl(_POLL, wanted)
        for slot, flag in _FLAGS:
            task = waiter[slot]
            if task and ready & (flag | _TROUBLE):
                waiter[slot] = None
                task.data = None
                _task_queue.push(task)
        if not waiter[READ] and not waiter[WRITE]:
            del _waiters[key]


def _next_task(main_task):
    """The next task that is due, after waiting for it; None when `main_task` cannot be waited for."""
    while True:
        if _waiters:
            _poll_streams()
        task = _task_queue.peek()
        if task:
            delay_ms = ticks_diff(task.ph_key, ticks())
            if delay_ms <= 0:
                return _task_queue.pop()
            _io_queue.wait_io_event(delay_ms)
        elif _waiters or (main_task and main_task.state):
            _io_queue.wait_io_event(_FOREVER)
        else:
            return None


def run_until_complete(main_task=None):
    """Run until `main_task` ends (None: until no task is left); its value, or what it raises."""
    global cur_task
    while True:
        task = cur_task = _next_task(main_task)
        if task is None:
            return None
        pending = task.data
        if task.done():
            if task.state is None:  # nobody has awaited it meanwhile
                _report(task, pending)
            continue
        try:
            if pending:
                task.data = None
                task.coro.throw(pending)
            else:
                task.coro.send(None)
        except (CancelledError, Exception) as outcome:
            _finish(task, outcome, task is main_task)
            if task is main_task:
                cur_task = None
                if isinstance(outcome, StopIteration):
                    return outcome.value
                raise outcome


def _finish(task, outcome, is_seen):
    """A task has ended with `outcome`; `is_seen`: the caller of the loop gets that."""
    state = task.state
    task.data = outcome
    task.state = False
    if callable(state):
        state(task, outcome)
    elif state is not True:
        while state.peek():
            _task_queue.push(state.pop())
    elif not is_seen:
        task.state = None
        if not isinstance(outcome, (StopIteration, CancelledError)):
            # Once more through the queue, to be reported: somebody may await it before its turn comes.
            _task_queue.push(task)
            task.data = outcome  # which the push has cleared


def _report(task, exception):
    _failure["exception"] = exception
    _failure["future"] = task
    Loop.call_exception_handler(_failure)


def run(coroutine):
    return run_until_complete(create_task(coroutine))


async def _stopper():
    pass


class Loop:
    _handler = None

    @staticmethod
    def create_task(coroutine):
        return create_task(coroutine)

    @staticmethod
    def run_forever():
        global _stop_task
        _stop_task = Task(_stopper(), globals())
        run_until_complete(_stop_task)

    @staticmethod
    def run_until_complete(awaitable):
        return run_until_complete(as_task(awaitable))

    @staticmethod
    def stop():
        global _stop_task
        if _stop_task is not None:
            _task_queue.push(_stop_task)
            _stop_task = None

    @staticmethod
    def close():
        pass

    @staticmethod
    def set_exception_handler(handler):
        Loop._handler = handler

    @staticmethod
    def get_exception_handler():
        return Loop._handler

    @staticmethod
    def default_exception_handler(loop, context):
        print(context["message"], file=sys.stderr)
        print("future:", context["future"], "coro=", context["future"].coro, file=sys.stderr)
        sys.print_exception(context["exception"], sys.stderr)

    @staticmethod
    def call_exception_handler(context):
        (Loop._handler or Loop.default_exception_handler)(Loop, context)


def get_event_loop(runq_len=0, waitq_len=0):
    return Loop


def new_event_loop():
    """Forget all tasks and streams."""
    global _task_queue, _io_queue, cur_task
    _task_queue = TaskQueue()
    _io_queue = _IOQueue()
    _waiters.clear()
    cur_task = None
    return Loop

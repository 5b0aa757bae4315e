"""wait_for, gather."""

from . import core
from .sync import Event


class _Over(core.CancelledError):
    """What wakes the task that waits in `wait_for`: value and exception of the awaitable."""


async def wait_for_ms(awaitable, timeout_ms):
    """The awaitable's value; TimeoutError, and the awaitable cancelled, when it takes longer."""
    if timeout_ms is None:
        return await awaitable
    waiter = core.cur_task

    async def run():
        value = error = None
        try:
            value = await awaitable
        except BaseException as raised:
            error = raised
        # `data` is None while the waiter sleeps: it is not woken already by somebody else's cancel.
        if waiter and waiter.data is None and waiter.cancel():
            waiter.data = _Over(value, error)

    runner = core.create_task(run())
    try:
        await core.sleep_ms(timeout_ms)
    except _Over as over:
        value, error = over.args
        if error is not None:
            raise error
        return value
    except core.CancelledError:  # somebody cancels us
        waiter = None
        runner.cancel()
        raise
    waiter = None
    runner.cancel()
    await runner
    raise core.TimeoutError


def wait_for(awaitable, timeout):
    return wait_for_ms(awaitable, None if timeout is None else int(timeout * 1000))


async def gather(*awaitables, return_exceptions=False):
    """The values of all; the first exception as soon as it comes, unless they are asked for as values."""
    tasks = [core.as_task(awaitable) for awaitable in awaitables]
    failures = []
    over = Event()

    def ended(task, outcome):
        if not return_exceptions and not isinstance(outcome, StopIteration):
            failures.append(outcome)
        if failures or all(task.done() for task in tasks):
            over.set()

    for task in tasks:
        if task.done():
            task.state = False  # its failure, if it is one, is seen now
        elif task.state is True or task.state is ended:
            task.state = ended
        else:
            raise RuntimeError("can't gather a task that is awaited elsewhere")
    for task in tasks:
        if task.done():
            ended(task, task.data)
    if not tasks:
        return []
    try:
        await over.wait()
    except core.CancelledError:
        for task in tasks:
            task.cancel()
        raise
    finally:
        for task in tasks:
            if task.state is ended:
                task.state = True
    if failures:
        raise failures[0]
    return [task.data.value if isinstance(task.data, StopIteration) else task.data for task in tasks]

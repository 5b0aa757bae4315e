"""asyncio inside the VM, after MicroPython's documentation of it: wait_for and gather."""

import pytest

from tests.host_tools.asyncio_bench import lines_of_main

# --- wait_for


def test_wait_for_in_time():
    assert lines_of_main("""
        at(await asyncio.wait_for(value(100, "a"), 1))
        at(await asyncio.wait_for_ms(value(100, "b"), 150))
        at(await asyncio.wait_for(value(100, "c"), None))
        await sleep_ms(1000)
        at("and no more")
    """) == ["100 a", "200 b", "300 c", "1300 and no more"]


def test_wait_for_too_late():
    assert lines_of_main("""
        try:
            await asyncio.wait_for_ms(patient("it"), 100)
        except asyncio.TimeoutError as error:
            at(repr(error))
    """) == ["100 it cancelled", "100 TimeoutError()"]


def test_wait_for_waits_for_the_cleanup_of_what_it_cancels():
    assert lines_of_main("""
        async def slow():
            try:
                await sleep_ms(1000)
            finally:
                await sleep_ms(50)
                at("cleaned up")
        try:
            await asyncio.wait_for(slow(), 0.1)
        except asyncio.TimeoutError:
            at("too late")
    """) == ["150 cleaned up", "150 too late"]


def test_wait_for_cancelled_from_outside():
    assert lines_of_main("""
        async def outer():
            try:
                await asyncio.wait_for_ms(patient("inner"), 1000)
            except asyncio.CancelledError:
                at("outer cancelled")
                await sleep_ms(100)
                at("outer undisturbed")
        task = asyncio.create_task(outer())
        await sleep_ms(100)
        task.cancel()
        await task
    """) == ["100 outer cancelled", "100 inner cancelled", "200 outer undisturbed"]


def test_a_late_cleanup_does_not_disturb_who_was_cancelled():
    assert lines_of_main("""
        async def slow():
            try:
                await sleep_ms(1000)
            finally:
                await sleep_ms(50)
                at("inner cleaned up")
        async def outer():
            try:
                await asyncio.wait_for_ms(slow(), 1000)
            except asyncio.CancelledError:
                at("outer cancelled")
                await sleep_ms(100)
                at("outer undisturbed")
        task = asyncio.create_task(outer())
        await sleep_ms(100)
        task.cancel()
        await task
    """) == ["100 outer cancelled", "150 inner cleaned up", "200 outer undisturbed"]


@pytest.mark.parametrize(
    "between", ["await sleep_ms(0)", "pass"], ids=["after the value", "before the value"]
)
def test_a_cancel_wins_over_a_value_of_the_same_moment(between):
    assert lines_of_main(f"""
        async def outer():
            try:
                at(await asyncio.wait_for_ms(event.wait(), 1000))
            except asyncio.CancelledError:
                at("cancelled")
        event = asyncio.Event()
        task = asyncio.create_task(outer())
        await sleep_ms(100)
        event.set()
        {between}
        task.cancel()
        await task
    """) == ["100 cancelled"]


def test_wait_for_passes_exceptions_on():
    assert lines_of_main("""
        try:
            await asyncio.wait_for_ms(fail(100), 1000)
        except ValueError as error:
            at(repr(error))
    """) == ["100 ValueError(100,)"]


def test_wait_for_a_task_and_inside_another():
    assert lines_of_main("""
        task = asyncio.create_task(value(300, "v"))
        try:
            await asyncio.wait_for_ms(asyncio.wait_for_ms(task, 1000), 100)
        except asyncio.TimeoutError:
            at("outer time-out", task.done())
        at(await asyncio.wait_for_ms(asyncio.wait_for_ms(value(100, "w"), 200), 300))
    """) == ["100 outer time-out True", "200 w"]


# --- gather


def test_gather_gives_values_in_order_of_its_arguments():
    assert lines_of_main("""
        task = asyncio.create_task(value(200, "b"))
        at(await asyncio.gather(value(300, "a"), task, value(100, "c")))
        at(await asyncio.gather(task), await asyncio.gather())
    """) == ["300 ['a', 'b', 'c']", "300 ['b'] []"]


def test_gather_raises_the_first_exception_at_once_and_lets_the_others_go_on():
    assert lines_of_main("""
        async def late():
            await sleep_ms(300)
            at("late is done")
        try:
            await asyncio.gather(late(), fail(200), fail(100))
        except ValueError as error:
            at(repr(error))
        asyncio.get_event_loop().set_exception_handler(lambda _, c: at("unseen", repr(c["exception"])))
        await sleep_ms(500)
    """) == ["100 ValueError(100,)", "200 unseen ValueError(200,)", "300 late is done"]


def test_gather_gives_exceptions_as_values_when_asked():
    assert lines_of_main("""
        task = asyncio.create_task(patient("it"))
        waiting = asyncio.create_task(asyncio.gather(fail(50), task, value(200, 1), return_exceptions=True))
        await sleep_ms(100)
        task.cancel()
        at(await waiting)
    """) == ["100 it cancelled", "200 [ValueError(50,), CancelledError(), 1]"]


def test_gather_of_a_failed_task():
    assert lines_of_main("""
        task = asyncio.create_task(fail(0))
        await sleep_ms(0)
        await sleep_ms(0)
        try:
            await asyncio.gather(value(100, 1), task)
        except ValueError as error:
            at(repr(error))
        await sleep_ms(200)
    """) == ["0 ValueError(0,)"]


def test_gather_cancelled_cancels_all():
    assert lines_of_main("""
        task = asyncio.create_task(asyncio.gather(patient("a"), value(0, 1), patient("b")))
        await sleep_ms(100)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            at("all")
    """) == ["100 a cancelled", "100 b cancelled", "100 all"]

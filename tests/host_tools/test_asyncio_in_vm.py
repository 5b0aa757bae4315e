"""asyncio inside the VM, after MicroPython's documentation of it: the loop, its tasks, and cancel."""

import pytest

from tests.host_tools.asyncio_bench import bench_with_echo, lines_of, lines_of_main

# --- the loop


def test_tasks_run_in_order_of_time_and_ties_in_order_of_creation():
    assert lines_of_main("""
        async def show(name, delay_ms):
            await sleep_ms(delay_ms)
            at(name)
        for name, delay_ms in (("c", 300), ("a", 100), ("b1", 200), ("b2", 200)):
            asyncio.create_task(show(name, delay_ms))
        at("created")
        await asyncio.sleep(0.5)
        at("end")
    """) == ["0 created", "100 a", "200 b1", "200 b2", "300 c", "500 end"]


def test_run_returns_the_value_and_raises_the_exception():
    assert lines_of("""
        print(asyncio.run(value(10, "seven")))
        try:
            asyncio.run(fail(20))
        except ValueError as error:
            print("raised", error.args)
        at("goes on")
    """) == ["seven", "raised (20,)", "30 goes on"]


def test_tasks_left_over_go_on_in_the_next_run_unless_the_loop_is_new():
    assert lines_of("""
        async def tick():
            while True:
                at("tick")
                await sleep_ms(100)
        async def start():
            asyncio.create_task(tick())
            await sleep_ms(150)
        asyncio.run(start())
        asyncio.run(value(100, 0))
        asyncio.new_event_loop()
        asyncio.run(value(300, 0))
        at("end")
    """) == ["0 tick", "100 tick", "200 tick", "550 end"]


def test_time_order_holds_where_ticks_wrap():
    source = """
        time.sleep(1 << 20)  # ticks wrap at 2**30 ms: 24 s after this
        time.sleep((1 << 30) // 1000 - (1 << 20) - 1)
        _started = time.ticks_ms()
        async def show(name, delay_ms):
            await sleep_ms(delay_ms)
            at(name)
        asyncio.run(asyncio.gather(show("late", 2500), show("early", 500), show("later", 5000)))
    """
    assert lines_of(source, seconds=1_073_800) == ["500 early", "2500 late", "5000 later"]


def test_a_task_that_nobody_awaits_reports_its_exception():
    assert lines_of_main("""
        def handler(loop, context):
            at(context["message"], repr(context["exception"]), context["future"] is task)
        asyncio.get_event_loop().set_exception_handler(handler)
        task = asyncio.create_task(fail(100))
        await sleep_ms(200)
        at("main goes on", task.done())
    """) == ["100 Task exception wasn't retrieved ValueError(100,) True", "200 main goes on True"]


def test_without_a_handler_the_exception_is_printed():
    shown = lines_of_main("""
        asyncio.create_task(fail(100))
        await sleep_ms(200)
    """)
    assert shown[0] == "Task exception wasn't retrieved"
    assert shown[1].startswith("future: <Task")
    assert shown[2] == "Traceback (most recent call last):"
    assert shown[-1] == "ValueError: 100"


def test_an_exception_that_is_awaited_in_time_is_not_reported():
    assert lines_of_main("""
        task = asyncio.create_task(fail(100))
        try:
            await task
        except ValueError:
            at("seen")
        try:
            await task
        except ValueError:
            at("seen again")
        await sleep_ms(100)
    """) == ["100 seen", "100 seen again"]


def test_awaiting_a_finished_task_gives_its_value():
    assert lines_of_main("""
        task = asyncio.create_task(value(10, "v"))
        await sleep_ms(50)
        at(task.done(), await task, await task)
    """) == ["50 True v v"]


def test_several_tasks_await_one():
    assert lines_of_main("""
        task = asyncio.create_task(value(100, "v"))
        async def wait(name):
            at(name, await task)
        await asyncio.gather(wait("a"), wait("b"))
    """) == ["100 a v", "100 b v"]


def test_run_forever_ends_at_stop_only():
    assert lines_of("""
        loop = asyncio.get_event_loop()
        async def stopper():
            await sleep_ms(100)
            loop.stop()
        loop.create_task(stopper())
        loop.run_forever()
        at("stopped")
        task = loop.create_task(value(10, "v"))
        print(loop.run_until_complete(task), task.done())
    """) == ["100 stopped", "v True"]


def test_misuse():
    assert lines_of("""
        for wrong in (lambda: asyncio.create_task(value), asyncio.current_task):
            try:
                wrong()
            except (TypeError, RuntimeError) as error:
                print(repr(error))
        async def main():
            print(asyncio.current_task() is task)
        task = asyncio.create_task(main())
        asyncio.get_event_loop().run_until_complete(task)
    """) == ["TypeError('coroutine expected',)", "RuntimeError('no running event loop',)", "True"]


# --- cancel


def test_cancel_of_a_sleeping_task():
    assert lines_of_main("""
        task = asyncio.create_task(patient("task"))
        await sleep_ms(100)
        at(task.cancel())
        try:
            await task
        except asyncio.CancelledError:
            at("ended", task.done(), task.cancel())
    """) == ["100 True", "100 task cancelled", "100 ended True False"]


def test_a_task_may_survive_its_cancel():
    assert lines_of_main("""
        async def tough():
            try:
                await sleep_ms(1000)
            except asyncio.CancelledError:
                await sleep_ms(100)
                return "cleaned up"
        task = asyncio.create_task(tough())
        await sleep_ms(50)
        task.cancel()
        at(await task)
    """) == ["150 cleaned up"]


def test_cancel_reaches_the_task_that_is_awaited():
    assert lines_of_main("""
        inner = asyncio.create_task(patient("inner"))
        async def outer():
            await inner
        task = asyncio.create_task(outer())
        await sleep_ms(100)
        task.cancel()
        await sleep_ms(0)
        await sleep_ms(0)
        at(inner.done(), task.done())
    """) == ["100 inner cancelled", "100 True True"]


@pytest.mark.parametrize(
    "waiting",
    ["event.wait()", "lock.acquire()", "flag.wait()", "asyncio.StreamReader(uart).read(1)"],
)
def test_cancel_of_a_waiting_task_leaves_nothing_behind(waiting):
    assert lines_of_main(
        f"""
        import machine
        event, lock, flag = asyncio.Event(), asyncio.Lock(), asyncio.ThreadSafeFlag()
        uart = machine.UART(1, 9600)
        await lock.acquire()
        async def wait(name):
            try:
                await {waiting}
                at(name, "got it")
            except asyncio.CancelledError:
                at(name, "cancelled")
        first = asyncio.create_task(wait("first"))
        await sleep_ms(100)
        first.cancel()
        await sleep_ms(100)
        second = asyncio.create_task(wait("second"))
        await sleep_ms(100)
        event.set(), lock.release(), flag.set(), uart.write(b"x")
        await second
        """,
        bench=bench_with_echo(),
    ) == ["100 first cancelled", "350 second got it" if "uart" in waiting else "300 second got it"]

"""asyncio inside the VM, after MicroPython's documentation of it: Event, Lock, flags and streams."""

from tests.host_tools.asyncio_bench import bench_with_echo, lines_of_main

# --- Event, Lock, ThreadSafeFlag


def test_event():
    assert lines_of_main("""
        event = asyncio.Event()
        async def wait(name):
            at(name, await event.wait())
        tasks = [asyncio.create_task(wait(name)) for name in "ab"]
        await sleep_ms(100)
        at(event.is_set())
        event.set()
        await asyncio.gather(*tasks)
        at(event.is_set(), await event.wait())
        event.clear()
        try:
            await asyncio.wait_for_ms(event.wait(), 100)
        except asyncio.TimeoutError:
            at("cleared")
    """) == ["100 False", "100 a True", "100 b True", "100 True True", "200 cleared"]


def test_an_event_set_and_cleared_at_once_wakes_who_waited():
    assert lines_of_main("""
        event = asyncio.Event()
        async def wait():
            await event.wait()
            at("woken", event.is_set())
        task = asyncio.create_task(wait())
        await sleep_ms(100)
        event.set()
        event.clear()
        await task
    """) == ["100 woken False"]


def test_a_lock_goes_to_who_waited_longest():
    assert lines_of_main("""
        lock = asyncio.Lock()
        async def use(name, times):
            for _ in range(times):
                async with lock:
                    at(name)
                    await sleep_ms(100)
        await asyncio.gather(use("a", 2), use("b", 2), use("c", 1))
        print(lock.locked())
    """) == ["0 a", "100 b", "200 c", "300 a", "400 b", "False"]


def test_a_lock_that_is_handed_over_to_a_cancelled_task_goes_to_the_next():
    assert lines_of_main("""
        lock = asyncio.Lock()
        await lock.acquire()
        async def use(name):
            async with lock:
                at(name)
        a, b = asyncio.create_task(use("a")), asyncio.create_task(use("b"))
        await sleep_ms(100)
        lock.release()
        print(lock.locked())
        a.cancel()
        await b
        try:
            lock.release()
        except RuntimeError as error:
            print(error)
    """) == ["True", "100 b", "Lock not acquired"]


def test_thread_safe_flag():
    assert lines_of_main("""
        flag = asyncio.ThreadSafeFlag()
        async def wait():
            while True:
                await flag.wait()
                at("set")
        asyncio.create_task(wait())
        await sleep_ms(100)
        flag.set()
        flag.set()
        await sleep_ms(100)
        flag.set()
        flag.clear()
        await sleep_ms(100)
        at("end")
    """) == ["100 set", "300 end"]


# --- streams


def test_streams_over_a_uart():
    """At 9600 baud a byte takes 1.04 ms: "hello\\n" comes back 6.25 + 50 + 6.25 ms later."""
    assert lines_of_main(
        """
        import machine
        uart = machine.UART(1, 9600)
        reader, writer = asyncio.StreamReader(uart), asyncio.StreamWriter(uart)
        writer.write(b"hello\\n")
        await writer.drain()
        at(await reader.readline())
        writer.write(b"0123456789")
        await writer.drain()
        at(await reader.readexactly(4), await reader.read(100))
        writer.write(b"abcd")
        buffer = bytearray(8)
        at(await reader.readinto(buffer), buffer)
        """,
        bench=bench_with_echo(),
    ) == ["60 b'hello\\n'", "130 b'0123' b'456789'", "190 4 bytearray(b'abcd\\x00\\x00\\x00\\x00')"]


def test_a_reader_lets_others_run_and_may_be_timed_out():
    assert lines_of_main(
        """
        import machine
        uart = machine.UART(1, 9600)
        async def tick():
            for _ in range(3):
                at("tick")
                await sleep_ms(40)
        task = asyncio.create_task(tick())
        reader = asyncio.StreamReader(uart)
        try:
            await asyncio.wait_for_ms(reader.read(1), 60)
        except asyncio.TimeoutError:
            at("nothing")
        uart.write(b"x")
        at(await reader.read(1))
        """,
        bench=bench_with_echo(),
    ) == ["0 tick", "40 tick", "60 nothing", "80 tick", "110 b'x'"]


def test_the_end_of_a_stream():
    assert lines_of_main("""
        import io
        class Source(io.IOBase):
            def __init__(self, *pieces):
                self.pieces = list(pieces)
            def ioctl(self, request, flags):
                return flags if request == 3 else -1
            def read(self, n):
                return self.pieces.pop(0) if self.pieces else b""
            readline = read
        def reader():
            return asyncio.StreamReader(Source(b"ab", None, b"cd"))
        print(await reader().read(), await reader().readline())
        try:
            await reader().readexactly(5)
        except EOFError as error:
            print(repr(error))
    """) == ["b'abcd' b'abcd'", "EOFError()"]


def test_draining_nothing_still_gives_the_others_their_turn():
    assert lines_of_main("""
        import machine
        writer = asyncio.StreamWriter(machine.UART(1, 9600))
        async def other():
            at("other")
        asyncio.create_task(other())
        await writer.drain()
        at("main")
    """) == ["0 other", "0 main"]


def test_two_tasks_may_not_read_one_stream():
    assert lines_of_main("""
        import machine
        reader = asyncio.StreamReader(machine.UART(1, 9600))
        asyncio.create_task(reader.read(1))
        await sleep_ms(10)
        try:
            await reader.read(1)
        except RuntimeError:
            at("refused")
    """) == ["10 refused"]

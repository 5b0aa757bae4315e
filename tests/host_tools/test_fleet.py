"""Several boards in one virtual time."""

import pytest

from host_tools.simulator.buses import SerialDevice
from host_tools.simulator.fleet import Fleet
from host_tools.simulator.kernel import DeadlockError
from tests.host_tools.board_bench import BoardBench

SLEEPER = "import time\nfor n in range(3):\n    time.sleep(5)\n    print('woke')"
BUSY = "import time\nfor n in range(160):\n    print('tick')\n    time.sleep_ms(100)"
LISTENER = (
    "from machine import UART\nuart = UART(1, 9600, timeout=60_000, timeout_char=60_000)\n"
    "for _ in range(3):\n    print(str(uart.read(5), 'ascii'))"
)
TALKER = (
    "import time\nfrom machine import UART\nuart = UART(1, 9600)\n"
    "for n in range(3):\n    time.sleep(7)\n    uart.write('call%d' % n)"
)


def boards_of(fleet, *sources, log=None):
    """A bench for each program; `log` gets (virtual time in us, board, text) of what each prints."""
    benches = [BoardBench({"main.py": source}, queue=fleet.queue()) for source in sources]
    for number, bench in enumerate(benches):
        bench.chip.console.listeners.append(
            lambda data, n=number, b=bench: log.append((b.queue.now_us, n, data.decode().strip()))
        )
    return benches


def test_a_board_that_sleeps_holds_up_no_other_and_all_happens_in_order():
    fleet, log = Fleet(), []
    benches = boards_of(fleet, SLEEPER, BUSY, log=log)
    fleet.run([lambda b=bench: b.run(17) for bench in benches])
    log = [entry for entry in log if entry[2] in ("woke", "tick")]
    assert log == sorted(log, key=lambda entry: entry[0])
    assert [(us // 1_000_000, board) for us, board, text in log if text == "woke"] == [
        (5, 0),
        (10, 0),
        (15, 0),
    ]
    before_first_wake = log[: log.index(next(entry for entry in log if entry[1] == 0))]
    assert len(before_first_wake) == 50


class Wire(SerialDevice):
    """What goes in at one board comes out at another."""

    baudrate = 9600
    other: "Wire"

    def receive(self, data):
        self.other.line.queue.inject(lambda: self.other.line.send(data))


def test_what_one_board_sends_wakes_the_other_at_that_moment():
    fleet, log = Fleet(), []
    benches = boards_of(fleet, LISTENER, TALKER, log=log)
    ends = [Wire(), Wire()]
    for bench, end, other in zip(benches, ends, reversed(ends), strict=True):
        end.other = other
        bench.chip.uarts.units[1].attach(end)
    fleet.run([lambda b=bench: b.run(30) for bench in benches])
    heard = [(us / 1e6, text) for us, board, text in log if board == 0 and text.startswith("call")]
    assert [text for _, text in heard] == ["call0", "call1", "call2"]
    assert [seconds for seconds, _ in heard] == pytest.approx([7, 14, 21], abs=0.1)


def test_the_same_every_time():
    def once():
        fleet, log = Fleet(), []
        benches = boards_of(fleet, SLEEPER, BUSY, BUSY, log=log)
        fleet.run([lambda b=bench: b.run(3) for bench in benches])
        return log

    assert once() == once()


def test_a_failure_of_one_board_comes_out():
    fleet = Fleet()
    benches = boards_of(fleet, SLEEPER, BUSY, log=[])
    benches[1].queue.at(2_000_000, lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        fleet.run([lambda b=bench: b.run(17) for bench in benches])


def test_boards_that_wait_for_ever_are_noticed():
    fleet = Fleet()
    queues = [fleet.queue(), fleet.queue()]
    with pytest.raises(DeadlockError, match="2 boards wait for ever"):
        fleet.run([lambda q=queue: q.run_until(None) for queue in queues])

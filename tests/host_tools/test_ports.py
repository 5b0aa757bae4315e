import queue
import sys
import threading

import pytest
import serial

from host_tools.simulator.auto_reset import EN_RISE_US, AutoReset
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.ports import Rfc2217Port

TIMEOUT_S = 10


@pytest.fixture
def events():
    return queue.Queue()


@pytest.fixture
def port(events):
    port = Rfc2217Port(
        on_bytes=lambda data: events.put(data),
        on_lines=lambda dtr, rts: events.put((dtr, rts)),
        on_baudrate=lambda baudrate: events.put(baudrate),
    )
    yield port
    port.close()


def open_client(port):
    return serial.serial_for_url(port.url, baudrate=115200, timeout=TIMEOUT_S)


def test_bytes_lines_and_rates_arrive_in_order(port, events):
    with open_client(port) as client:
        client.write(b"before")
        client.dtr = False
        client.write(b"between")
        client.baudrate = 460800
        client.write(b"after")
        seen = [events.get(timeout=TIMEOUT_S) for _ in range(7)]
    assert seen == [(True, False), (True, True), b"before", (False, True), b"between", 460800, b"after"]


def test_all_byte_values_in_both_directions(port, events):
    every = bytes(range(256)) * 300
    with open_client(port) as client:
        client.write(every)
        received = b""
        while len(received) < len(every):
            event = events.get(timeout=TIMEOUT_S)
            received += event if isinstance(event, bytes) else b""
        port.write(every)
        assert client.read(len(every)) == every
    assert received == every


def test_clients_one_after_the_other_and_lines_dropped_between(port, events):
    for text in (b"first", b"second"):
        with open_client(port) as client:
            client.write(text)
            assert [events.get(timeout=TIMEOUT_S) for _ in range(3)] == [(True, False), (True, True), text]
        assert events.get(timeout=TIMEOUT_S) == (False, False)


def test_a_second_client_waits_for_the_first(port, events):
    first = open_client(port)
    assert [events.get(timeout=TIMEOUT_S) for _ in range(2)] == [(True, False), (True, True)]
    opened = queue.Queue()
    second = threading.Thread(target=lambda: opened.put(open_client(port)))
    second.start()
    first.close()
    with opened.get(timeout=TIMEOUT_S) as client:
        client.write(b"now me")
        assert [events.get(timeout=TIMEOUT_S) for _ in range(4)][-1] == b"now me"
    second.join()


def test_writing_to_nobody_is_no_error(port):
    port.write(b"lost")


def test_close_ends_a_conversation(events):
    port = Rfc2217Port(events.put, lambda dtr, rts: None, lambda baudrate: None)
    client = open_client(port)
    port.close()
    with pytest.raises(serial.SerialException):
        client.read()
        client.read()  # the end of the line is noticed at the second read at the latest
    client.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")
def test_pty_in_both_directions(events):
    from host_tools.simulator.pty_port import PtyPort

    port = PtyPort(events.put)
    every = bytes(range(256))
    for _ in range(2):  # clients may come and go
        with serial.Serial(port.path, timeout=TIMEOUT_S) as client:
            client.write(every)
            received = b""
            while len(received) < len(every):
                received += events.get(timeout=TIMEOUT_S)
            assert received == every
            port.write(every)
            assert client.read(256) == every
    port.close()


class Board:
    def __init__(self):
        self.queue = EventQueue()
        self.log = []
        self._reset = AutoReset(lambda: self.log.append("reset"), self._start, self.queue.after)

    def _start(self, download):
        self.log.append("download" if download else "run")

    def lines(self, *changes, wait_us=50_000):
        for dtr, rts in changes:
            self._reset.lines(bool(dtr), bool(rts))
            self.queue.run_until(self.queue.now_us + wait_us)
        return self.log


def test_opening_a_port_does_not_reset():
    assert Board().lines((1, 0), (1, 1), (0, 0)) == []


def test_hard_reset():
    assert Board().lines((0, 0), (0, 1), (0, 0)) == ["reset", "run"]


def test_classic_reset_one_line_at_a_time():
    assert Board().lines((1, 1), (0, 1), (0, 1), (1, 1), (1, 0), (0, 0)) == ["reset", "download"]


def test_tight_reset_both_lines_at_once():
    assert Board().lines((0, 0), (1, 1), (0, 1), (1, 0), (0, 0)) == ["reset", "download"]


def test_both_lines_asserted_starts_the_chip_after_the_capacitor_has_charged():
    board = Board()
    assert board.lines((0, 1), (1, 1), wait_us=EN_RISE_US - 1) == ["reset"]
    board.queue.run_until(board.queue.now_us + 1)
    assert board.log == ["reset", "run"]
    assert board.lines((1, 0), (0, 0)) == ["reset", "run"]


def test_a_reset_during_the_rise_goes_on():
    board = Board()
    board.lines((0, 1), (1, 1), (0, 1))
    board.queue.run_until(10 * EN_RISE_US)
    assert board.log == ["reset"]

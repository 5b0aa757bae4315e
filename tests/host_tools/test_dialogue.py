"""Dialogues between board and modem: recorded, kept as text, and said again to the driver."""

import asyncio
import io
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.modem.bc26 import BC26
from drivers.modem.modem import Modem
from host_tools.dialogue import Player, Record, Recorder, read_records
from host_tools.dialogue.record import DialogueError
from host_tools.simulator.buses import SerialLine
from host_tools.simulator.cell import Cell
from host_tools.simulator.internet import VirtualInternet
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.modems.bc26 import Bc26
from protocols.errors import ModemError
from tests.virtual_asyncio import Pin, Uart, run

SERVER = ("192.0.2.1", 5683)

SIM_WITHOUT_NETWORK = r"""
# As a BC26 talks: a URC in the middle of a response, an error by number.
0.000000 < \r\n+CPIN: READY\r\n
1.000000 > AT+CIMI\r
1.030000 < \r\n46000
1.040000 < 1234567890\r\n
1.050000 < \r\n+CEREG: 2\r\n\r\nOK\r\n
2.000000 > AT+QENG=0\r
2.030000 < \r\n+CME ERROR: 841\r\n
"""


def records_of(text):
    return list(read_records(text.splitlines()))


class Desk:
    """The driver, and whatever plays the modem."""

    def __init__(self, queue, device):
        self.queue = queue
        self.device = device
        self.uart = Uart(queue, device)
        self.modem = Modem(self.uart, BC26(), {"pwrkey": Pin(device, "pwrkey")})

    def play(self, session):
        async def main():
            reader = asyncio.create_task(self.modem.reader())
            try:
                return await session(self.modem)
            finally:
                reader.cancel()

        return run(self.queue, main())


async def a_day_at_work(modem):
    await modem.start()
    signal = await modem.signal()
    socket = await modem.open_udp(*SERVER)
    await socket.send(b"ping")
    answer = await socket.receive(30_000)
    await socket.close()
    return modem.identity, signal, answer


def recorded_day():
    queue = EventQueue()
    internet = VirtualInternet(queue)
    internet.serve(SERVER, lambda data, _source: [data + b" pong"])
    cell = Cell(queue, random.Random(5), internet)
    desk = Desk(queue, Bc26(queue, None, random.Random(6), cell))
    text = io.StringIO()
    recorder = Recorder(text)
    desk.uart.line.taps.append(lambda direction, data: recorder.note(queue.now_us, direction, data))
    return desk.play(a_day_at_work), text.getvalue()


def test_a_recorded_day_plays_again():
    lived, text = recorded_day()
    assert lived[2] == b"ping pong" and "> AT+QISENDEX=0,4,70696E67" in text
    queue = EventQueue()
    player = Player(queue, records_of(text))
    assert Desk(queue, player).play(a_day_at_work) == lived
    assert player.finished


def test_another_driver_is_told_where_it_differs():
    async def another_day(modem):
        await modem.start()
        await modem.network_time()

    _, text = recorded_day()
    queue = EventQueue()
    with pytest.raises(DialogueError, match=r"the board says '?A.*, at \d+\.\d{6} s of the recording it is"):
        Desk(queue, Player(queue, records_of(text))).play(another_day)


def test_a_dialogue_by_hand():
    async def session(modem):
        await asyncio.sleep(1)
        imsi = await modem.run((dict(BC26.identity)["imsi"],))
        with pytest.raises(ModemError) as caught:
            await modem.signal()
        return imsi, caught.value.code, modem.registered

    queue = EventQueue()
    player = Player(queue, records_of(SIM_WITHOUT_NETWORK))
    assert Desk(queue, player).play(session) == ("460001234567890", 841, False)
    assert player.finished


class Terminal:
    def __init__(self, text):
        self.queue = EventQueue()
        self.player = Player(self.queue, records_of(text))
        self.heard = []
        self.line = SerialLine(
            self.queue, self.player, lambda data: self.heard.append((self.queue.now_us, data))
        )

    def type(self, data):
        self.line.from_board(data)
        self.queue.run_until(self.queue.now_us + 1_000_000)


def test_answers_come_as_long_after_the_words_as_they_did():
    terminal = Terminal("5.000000 > AT\\r\n5.250000 < OK\n")
    terminal.queue.run_until(9_000_000)
    terminal.type(b"AT\r")
    ((when_us, data),) = terminal.heard
    assert data == b"OK" and when_us == pytest.approx(9_250_000, abs=1000)


def test_pieces_on_the_line_do_not_matter():
    terminal = Terminal("1.000000 > A\n1.000100 < A\n1.000200 > T\\r\n1.000300 < T\\r\n")
    for piece in (b"A", b"T\r"):
        terminal.type(piece)
    assert b"".join(data for _, data in terminal.heard) == b"AT\r" and terminal.player.finished


@pytest.mark.parametrize(
    ("said", "complaint"),
    [(b"ATI", "the board says 'ATI', at 1.000000 s"), (b"AT\rX", "the board says 'X' after the end")],
)
def test_other_words_are_refused(said, complaint):
    with pytest.raises(DialogueError, match=complaint):
        Terminal("1.000000 > AT\\r\n").type(said)


# -- the text


@given(st.integers(0, 10**12), st.sampled_from("<>"), st.binary(min_size=1))
def test_text_keeps_every_byte(time_us, direction, data):
    record = Record(time_us, direction, data)
    assert str(record).isascii() and "\n" not in str(record)
    assert records_of(str(record)) == [record]


def test_how_it_is_written():
    assert str(Record(12_000_034, "<", b'\r\n+X: "\x00\\\xff\t')) == r'12.000034 < \r\n+X: "\x00\\\xff\t'


@pytest.mark.parametrize(
    "line",
    ["AT", "1.0 > AT", "1.000000 = AT", "1.000000 >", r"1.000000 > \q", r"1.000000 > \x1", "1.000000 > ä"],
)
def test_what_is_no_record(line):
    with pytest.raises(DialogueError, match="line 2 is not time, direction and bytes"):
        records_of("# a comment\n" + line)

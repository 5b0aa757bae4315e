"""AT dialogue: the same transcript in any split gives the same events."""

import gc

from protocols.at import Chat, Line, Prompt, Result, Urc, command, fill, matches, parse_fields, split_fields
from protocols.at_lines import LineAssembler
from protocols.errors import DecodeError, EncodeError
from tests.portable.check import raises

URCS = (
    ("registration", "+CEREG: #"),
    ("registration", "+CEREG: #,*"),
    ("datagram", '+QIURC: "recv",#,*'),
    ("boot", "RDY"),
)
READ_CEREG = command("AT+CEREG?", ("+CEREG: #,#", "+CEREG: #,#,*"))

# (command in flight, what the modem says, the events); forms from Quectel's BC26 manuals.
TRANSCRIPTS = [
    (command("AT"), b"AT\r\r\nOK\r\n", [Result(True, None, "OK")]),
    (
        command("AT+CGSN=1", "+CGSN: ###############"),
        b"\r\n+CGSN: 868123450012345\r\n\r\nOK\r\n",
        [Line("+CGSN: 868123450012345"), Result(True, None, "OK")],
    ),
    (
        command("AT+CIMI", "###############"),
        b"\r\nRDY\r\n\r\n460001234567890\r\n\r\nOK\r\n",
        [Urc("boot", []), Line("460001234567890"), Result(True, None, "OK")],
    ),
    # A URC between question and answer, another behind it: told apart by shape.
    (
        READ_CEREG,
        b'\r\n+CEREG: 2\r\n\r\n+CEREG: 5,1,"69C9","06923252",9\r\n\r\n+CEREG: 1,"69C9","6923252",9\r\nOK\r\n',
        [
            Urc("registration", ["2"]),
            Line('+CEREG: 5,1,"69C9","06923252",9'),
            Urc("registration", ["1", "69C9", "6923252", "9"]),
            Result(True, None, "OK"),
        ],
    ),
    # An unquoted area code that is all digits is still no read response.
    (
        READ_CEREG,
        b"\r\n+CEREG:1,5746,06923252,9\r\n\r\n+CEREG:5,1\r\n\r\nOK\r\n",
        [
            Urc("registration", ["1", "5746", "06923252", "9"]),
            Line("+CEREG:5,1"),
            Result(True, None, "OK"),
        ],
    ),
    # The result comes after OK, and a datagram for another socket in between.
    (
        command("AT+QISENDEX=0,1,41", final="SEND OK"),
        b'\r\nOK\r\n\r\n+QIURC: "recv",1,2,"4142"\r\n\r\nSEND OK\r\n',
        [Urc("datagram", ["recv", "1", "2", "4142"]), Result(True, None, "SEND OK")],
    ),
    (
        command("AT+QISENDEX=0,1,41", final="SEND OK"),
        b"\r\nOK\r\n\r\nSEND FAIL\r\n",
        [Result(False, None, "SEND FAIL")],
    ),
    (command("AT+CFUN=1"), b"\r\n+CME ERROR: 4\r\n", [Result(False, 4, "+CME ERROR: 4")]),
    (
        command("AT+CIMI", "###############"),
        b"\r\n+CME ERROR: SIM not inserted\r\n",
        [Result(False, None, "+CME ERROR: SIM not inserted")],
    ),
    (command("AT+QIOPEN=1"), b"\r\nERROR\r\n", [Result(False, None, "ERROR")]),
    (command("AT+CIMI", "###############"), b"\r\nOK\r\n", [Result(False, None, "OK without the answer")]),
    # Sixteen digits are not fifteen, and garbage is skipped.
    (
        command("AT+CIMI", "###############"),
        b"\xff\x00\x80\r\n4600012345678901\r\n460001234567890\r\nOK\r\n",
        [Line("460001234567890"), Result(True, None, "OK")],
    ),
]


def events_of(step, pieces, limit=80):
    chat = Chat(URCS, limit)
    assert chat.start(step) == step.text.encode() + b"\r"
    events = []
    for piece in pieces:
        events += chat.feed(piece)
    assert not chat.busy
    return events


def test_transcripts_in_every_split():
    for step, heard, expected in TRANSCRIPTS:
        assert events_of(step, [heard]) == expected, heard
        assert events_of(step, [heard[i : i + 1] for i in range(len(heard))]) == expected, heard
        for cut in range(1, len(heard)):
            assert events_of(step, [heard[:cut], heard[cut:]]) == expected, (heard, cut)


def test_line_ends_may_be_cr_lf_or_both():
    for end in (b"\r", b"\n", b"\r\n", b"\r\r\n"):
        assert events_of(command("AT"), [b"AT" + end + b"OK" + end]) == [Result(True, None, "OK")]


def test_results_nobody_waits_for_are_counted():
    chat = Chat(URCS, 80)
    assert chat.feed(b"\r\nOK\r\nERROR\r\n+CME ERROR: 3\r\nSEND OK\r\n") == []
    assert (chat.unknown, chat.garbled) == (4, 0)


def test_abandoned_command():
    chat = Chat(URCS, 80)
    chat.start(command("AT+COPS=0"))
    assert raises(EncodeError, chat.start, command("AT"))
    chat.abandon()
    assert chat.feed(b"\r\nOK\r\n") == []
    chat.start(command("AT"))
    assert chat.feed(b"\r\nOK\r\n") == [Result(True, None, "OK")]


def test_garbled_lines_are_counted_and_skipped():
    chat = Chat(URCS, 80)
    assert chat.feed(b'\x80\xfeRDY\r\n+CEREG: 1,"69C9\r\n+CEREG: 1,6"9C9\r\nRDY\r\n') == [Urc("boot", [])]
    assert chat.garbled == 3


def test_overlong_line_is_dropped_whole():
    chat = Chat(URCS, 20)
    assert chat.feed(b"+CEREG: 1," + b"6" * 10 + b"\r\n") == [Urc("registration", ["1", "6" * 10])]
    assert chat.feed(b"+CEREG: 1," + b"6" * 11 + b"\r\nRDY\r\n") == [Urc("boot", [])]
    assert chat.feed(b"X" * 100) == [] and chat.overlong == 1
    assert chat.feed(b"X" * 100 + b"\r\n") == [] and chat.overlong == 2


def test_response_longer_than_any_buffer():
    chat = Chat(URCS, 40)
    chat.start(READ_CEREG)
    events = []
    for _ in range(100):
        events += chat.feed(b"\r\n" + b"x" * 1000)
    events += chat.feed(b'\r\n+CEREG: 5,1,"69C9","06923252",9\r\n\r\nOK\r\n')
    assert events == [Line('+CEREG: 5,1,"69C9","06923252",9'), Result(True, None, "OK")]
    assert chat.overlong == 100


def lines_of(assembler, data):
    lines = []
    at = 0
    while at < len(data):
        at = assembler.take(data, at)
        if assembler.text is not None:
            lines.append(assembler.text)
    return lines


def test_lines():
    lines = LineAssembler(8)
    assert lines_of(lines, b"") == [] and lines_of(lines, b"\r\n\n\r") == []
    assert lines_of(lines, b"12345678\r123456789\rab") == ["12345678"]
    assert lines_of(lines, b"c\n") == ["abc"] and lines.overlong == 1
    assert lines_of(lines, b"\x80a\r\x00\rb\r") == ["b"] and lines.garbled == 2


# -- payloads

RAW_URCS = (("datagram", '+QIURC: "recv",#,#*', 2),) + URCS


def test_payload_of_any_bytes_in_every_split():
    payload = b"\r\nOK\r\n\n\x00\xff>"
    heard = b'\r\n+QIURC: "recv",0,%d\r\n' % len(payload) + payload + b"\r\nRDY\r\n"
    expected = [Urc("datagram", ["recv", "0", str(len(payload)), payload]), Urc("boot", [])]
    for cut in range(len(heard)):
        chat = Chat(RAW_URCS, 40)
        assert chat.feed(heard[:cut]) + chat.feed(heard[cut:]) == expected, cut


def test_payload_that_cannot_be():
    chat = Chat(RAW_URCS, 40)
    assert chat.feed(b'\r\n+QIURC: "recv",0,41\r\n' + b"x" * 41 + b"\r\nRDY\r\n") == [Urc("boot", [])]
    assert (chat.garbled, chat.overlong) == (1, 1)
    assert chat.feed(b'\r\n+QIURC: "recv",0,0\r\nRDY\r\n') == [Urc("boot", [])]
    assert chat.feed(b'\r\n+QIURC: "recv",0,1x\r\nRDY\r\n') == [Urc("boot", [])]
    assert chat.garbled == 3


def test_prompt():
    send = command("AT+QISEND=0,3", final="SEND OK", payload=b">\r\n")
    heard = b"AT+QISEND=0,3\r\r\n> \r\nOK\r\n\r\nSEND OK\r\n"
    for cut in range(len(heard)):
        chat = Chat(URCS, 80)
        chat.start(send)
        events = chat.feed(heard[:cut]) + chat.feed(heard[cut:])
        assert events == [Prompt(b">\r\n"), Result(True, None, "SEND OK")], cut


def test_prompt_nobody_waits_for():
    chat = Chat(URCS, 80)
    assert chat.feed(b"\r\n> ") == []
    chat.start(command("AT"))
    assert chat.feed(b"\r\n> \r\nOK\r\n") == [Result(True, None, "OK")]


def test_answer_that_may_be_missing():
    read = command("AT+NSORF=0,512", ("", "#,*"))
    assert events_of(read, [b"\r\nOK\r\n"]) == [Result(True, None, "OK")]
    line = "0,192.0.2.1,5683,1,41,0"
    assert events_of(read, [b"\r\n" + line.encode() + b"\r\nOK\r\n"]) == [
        Line(line),
        Result(True, None, "OK"),
    ]
    assert split_fields(line) == ["0", "192.0.2.1", "5683", "1", "41", "0"]


def test_a_line_costs_the_heap_its_text_and_a_slice():
    if not hasattr(gc, "mem_alloc"):  # CPython
        return
    chat = Chat(URCS, 80)
    noise = b"\r\n" + b"x" * 30 + b"\r\n"
    for _ in range(3):  # single characters become constants once
        chat.feed(noise)
    gc.collect()
    before = gc.mem_alloc()
    for _ in range(100):
        chat.feed(noise)
    # In words of 4 bytes: the list of events, the text's head and its 31 bytes, the head of the slice.
    assert gc.mem_alloc() - before <= 100 * (48 + 16 + 32 + 32)


def test_fields():
    assert parse_fields('+NAME: a,"b",,c') == ["a", "b", "", "c"]
    assert parse_fields('+QIURC:"recv",0,"a,b"') == ["recv", "0", "a,b"]
    assert parse_fields("+CGPADDR: 1,") == ["1", ""]
    assert parse_fields('+X: ""') == [""]
    assert parse_fields("+X:") == [""]
    assert parse_fields("RDY") == []
    assert parse_fields('*ENGINFOSC: 1,"a"') == ["1", "a"]
    assert parse_fields("Signal power:-842") == ["-842"]
    assert parse_fields("12:34") == []
    for bad in ('+X: "a', '+X: "a"b', '+X: a"b"', '+X: 1,"'):
        raises(DecodeError, parse_fields, bad)


def test_shapes():
    assert matches("+CSCON: #", "+CSCON: 1") and matches("+CSCON: #", "+CSCON:1")
    assert not matches("+CSCON: #", "+CSCON: 1,1") and not matches("+CSCON: #", "+CSCON: a")
    assert matches("+IP: *", "+IP: 10.0.0.1") and matches("+IP: *", "+IP:")
    assert not matches("+IP: *", "+IPR: 0")
    assert matches("*ATREADY: #", "*ATREADY: 1") and not matches("*ATREADY: #", "+IP: 10.0.0.1")
    assert not matches("###", "12") and not matches("###", "1234")


def test_fill():
    template = command('AT+QIOPEN=1,{number},"UDP","{host}"', timeout_ms=60, final="+QIOPEN: {number},*")
    assert fill(template, number=3, host="192.0.2.1") == command(
        'AT+QIOPEN=1,3,"UDP","192.0.2.1"', timeout_ms=60, final="+QIOPEN: 3,*"
    )
    for bad in ('a"b', "a\rAT+CFUN=0", "é"):
        raises(EncodeError, fill, template, number=1, host=bad)

"""What `make fuzz` feeds: every decoder of bytes that come from outside, one line each in TARGETS."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from drivers.modem.bc26 import BC26
from host_tools.collector.payload import decode_uplink
from protocols import cbor, dlt645, downlink, r200, senml
from protocols.at import Chat, command, parse_fields
from protocols.at_values import decode_cclk, decode_cereg
from protocols.coap import message as coap
from protocols.coap.client import Exchange, ResetError, post
from protocols.coap.numbers import APPLICATION_CBOR, CONTENT
from protocols.coap.server import Server
from protocols.eddystone import eid_in
from protocols.errors import DecodeError
from protocols.modbus_rtu import ModbusException, crc16, parse_response, read_request
from protocols.oscore.errors import OscoreError
from protocols.report import decoder as report
from tests import fuzz_oscore
from tests.host_tools.packing import packed

VECTORS = Path(__file__).parent / "vectors"


@dataclass(frozen=True)
class Target:
    """One decoder: messages to start from, and the errors that it may refuse with.

    `spare`: what a result may hold however short its message is, as counted by `fuzz.held`.
    """

    name: str
    seeds: list[bytes]
    decode: Callable[[bytes], object]
    refusals: tuple[type[Exception], ...] = (DecodeError,)
    spare: int = 64


def vectors(name: str) -> dict:
    return json.loads((VECTORS / name).read_text(encoding="utf-8"))


# --- CBOR and what is made of it


def cbor_item(data: bytes) -> object:
    """The item; whatever was decoded can be encoded, and then means the same."""
    item = cbor.loads(data)
    encoding = cbor.dumps(item)
    assert cbor.dumps(cbor.loads(encoding)) == encoding
    return item


CBOR = [bytes.fromhex(vector["hex"]) for vector in vectors("cbor_rfc8949_a.json")["vectors"]]
REPORTS = packed([[7, 200_000_000, 2301, None, -5], [8, None, 2301, "invalid", -4]])
HEALTH = packed([[9, 200_000_060, 17]], 8)
UPLINKS = [
    cbor.dumps({2: REPORTS, 3: [[12, 2, "duty 120"], [13, 0, None]]}),
    cbor.dumps({3: [[12, 1, None]], 99: "later"}),
    cbor.dumps(
        {4: [[10, 200_000_030, 0, "voltage", 1, 2551], [11, None, 4, b"\xe2", 9, 5, -48]], 5: HEALTH, 6: 3}
    ),
]
DOWNLINKS = [
    cbor.dumps(
        {0: 1, 1: 200_000_000, 2: [[12, 200_000_600, "dim", [1, 50]]], 3: [7, 2], 4: 3, 5: {"sample_s": 60}}
    ),
    cbor.dumps({0: 1, 1: 200_000_000}),
]

# --- CoAP

REQUEST = post("/up/pole-1", b"\xa0", APPLICATION_CBOR, 0x7D34, b"\x01\x02\x03\x04")
COAP = [bytes.fromhex(vector["hex"]) for vector in vectors("coap_rfc7252_a.json")["messages"]]
COAP.append(REQUEST.encode())
ANSWERS = [
    coap.Message(type, CONTENT, 0x7D34, REQUEST.token, [(12, b"<")], b"\xa0").encode() for type in (0, 1, 2)
]
ANSWERS += [coap.empty(type, 0x7D34) for type in (0, 2, 3)]


def coap_message(data: bytes) -> object:
    message = coap.decode(data)
    assert coap.decode(message.encode()) == message
    return message


def coap_server(data: bytes) -> object:
    """The datagram that goes back."""
    server = Server(lambda request, *_: (CONTENT, request.payload, []), lambda *_: None, 0)
    return server.receive(data, "node", 0)


def coap_client(data: bytes) -> object:
    """The response, and the datagram that goes back."""
    exchange = Exchange(REQUEST, 0.5)
    exchange.start(0)
    return exchange.receive(data, 1), exchange.poll(1)


SENML = [bytes.fromhex(vectors("senml_rfc8428.json")["cbor"]["hex"])]

# --- the modem

QUERY = command("AT+QENG=0", ("+QENG: 0,*", "+QENG: 1,*"))
MODEM_LINES = [
    b'\r\n+QENG: 0,2509,2,103,"0E4D6E5E",-92,-9,-83,8,"7B6A",23,0\r\n\r\nOK\r\n',
    b"AT+QENG=0\r\r\n+CME ERROR: 50\r\nERROR\r\n",
    b'\r\n+CEREG: 1,"69C9","06923252",9,,,"00000001","00100001"\r\n+CSCON: 1\r\n',
    b'\r\n+QIURC: "recv",0,4,"A0FF0102"\r\n+QIURC: "closed",0\r\nRDY\r\n',
]


def modem_events(data: bytes) -> object:
    chat = Chat(BC26.urcs, BC26.line_limit)
    chat.start(QUERY)
    return chat.feed(data)


VALUES = vectors("at_values.json")
REGISTRATIONS = [("+CEREG: " + ",".join(case["fields"])).encode() for case in VALUES["cereg"]]
CLOCKS = [case["line"].encode() for case in VALUES["cclk"]]


def registration(data: bytes) -> object:
    return decode_cereg(parse_fields(data.decode("latin-1")))


def clock(data: bytes) -> object:
    return decode_cclk(data.decode("latin-1"), False)


# --- meters

READ = read_request(1, 500, 8)
MODBUS = [bytes.fromhex(vector["response"]) for vector in vectors("modbus_rtu.json")["reads"]]
MODBUS += [bytes.fromhex("0183020000"), bytes.fromhex("8303020000")]  # refusals


def modbus(data: bytes) -> object:
    return parse_response(READ, data)


def modbus_with_crc(data: bytes) -> object:
    """What few mutated frames would get to: the checks behind that of the CRC."""
    crc = crc16(data)
    return parse_response(READ, data + bytes((crc & 0xFF, crc >> 8)))


MODBUS_REFUSALS = (DecodeError, ModbusException)


# --- DL/T 645 and the RFID reader

METER_READ = next(vector for vector in vectors("dlt645.json")["reads"] if "request" in vector)
METER_REQUEST = bytes.fromhex(METER_READ["request"])
METER_ANSWERS = [
    bytes.fromhex(METER_READ["response"]),
    dlt645.frame(METER_REQUEST[1:7], 0xB1, bytes(4) + bytes.fromhex("123456")),
    dlt645.frame(METER_REQUEST[1:7], 0xD1, b"\x02"),
]
TAG = bytes.fromhex("3000e200470d9a60602170b0011a")
NOTIFIED = b"\xc9" + TAG + r200.crc16(TAG).to_bytes(2, "big")
READER_FRAMES = [r200.frame(2, 0x22, NOTIFIED), r200.frame(1, 0xFF, b"\x15")]


def meter_answer(data: bytes) -> object:
    """As it is found on the line, and with the checksum that would let it through."""
    answer = dlt645.trim(data)
    dlt645.missing(answer)
    body = answer[:-2]
    number, more = dlt645.parse_response(METER_REQUEST, body + bytes((sum(body) & 0xFF, 0x16)))
    return dlt645.signed_bcd(number), more


def reader_frame(data: bytes) -> object:
    found = r200.trim(data)
    r200.missing(found)
    return r200.check_frame(found)


ADVERTISEMENTS = [bytes.fromhex("0201060303aafe0d16aafe30eb0102030405060708")]
PACKED_SPARE = 64 * 257 * 16  # the rows and numbers of a report message, which packs many into few bits

TARGETS = [
    Target("cbor", CBOR, cbor_item),
    Target("uplink", UPLINKS, decode_uplink, spare=PACKED_SPARE),
    Target("report", [REPORTS], report.decode, spare=PACKED_SPARE),
    Target("downlink", DOWNLINKS, downlink.decode),
    Target("senml", SENML, senml.decode),
    Target("oscore_server", fuzz_oscore.REQUESTS, fuzz_oscore.open_request, (DecodeError, OscoreError)),
    Target("oscore_client", fuzz_oscore.ANSWERS, fuzz_oscore.open_response, (DecodeError, OscoreError)),
    Target("coap", COAP + ANSWERS, coap_message),
    Target("coap_server", COAP, coap_server, ()),
    Target("coap_client", ANSWERS, coap_client, (ResetError,)),
    Target("modem", MODEM_LINES, modem_events, ()),
    Target("registration", REGISTRATIONS, registration),
    Target("clock", CLOCKS, clock),
    Target("modbus", MODBUS, modbus, MODBUS_REFUSALS),
    Target("modbus_with_crc", [frame[:-2] for frame in MODBUS], modbus_with_crc, MODBUS_REFUSALS),
    Target("dlt645", METER_ANSWERS, meter_answer, (DecodeError, dlt645.Dlt645Error)),
    Target("r200_frame", READER_FRAMES, reader_frame),
    Target("r200_tag", [NOTIFIED], r200.parse_tag),
    Target("advertisement", ADVERTISEMENTS, eid_in, ()),
]

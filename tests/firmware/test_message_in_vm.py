"""The uplink message, made of an outbox in the MicroPython VM and read by the collector."""

import cbor2
import pytest

from host_tools.build.firmware_files import path_on_node, source_path
from host_tools.collector.payload import decode_uplink
from host_tools.mpy import compile_module
from tests.host_tools.board_bench import BoardBench, printed

MODULES = [
    *("firmware", "firmware.message", "firmware.outbox", "firmware.outbox.log_segment"),
    *("firmware.outbox.log_state", "firmware.outbox.outbox", "firmware.outbox.record_log"),
    *("firmware.outbox.records", "firmware.outbox.sequence_numbers", "protocols", "protocols.cbor_decoder"),
    *("protocols.cbor_encoder", "protocols.cbor_values", "protocols.cbor_writer", "protocols.errors"),
    *("protocols.message_numbers", "protocols.report", "protocols.report.encoder", "protocols.report.layout"),
]
BOARD = "SCHEMA_ID, POINTS, HEALTH_SCHEMA_ID, HEALTH = 0xC17E01, (1, 2), 0xC17E02, 1"
FILL = """
from binascii import hexlify
from esp32 import NVS
from firmware import message
from firmware.outbox.outbox import Outbox
from firmware.outbox.record_log import ALARM, EVENT, RecordLog
from firmware.outbox.sequence_numbers import SequenceNumbers
from protocols.report.encoder import INVALID

log = RecordLog("/outbox", 256)
outbox = Outbox(log, SequenceNumbers(NVS("citynode"), log.last + 1))
outbox.add_event(190000000, 5, ALARM, 0, ["voltage", 1, 2551])
outbox.add_event(None, 6, EVENT, 4, [b"\\xe2\\x00", 1200, 5, -48])
outbox.add_result(7, 0, "80 %")
for i in range(COUNT):
    outbox.add_report(190000010 + i, 15 + i, [(1 << 29) - 1 - i, None if i % 2 else INVALID])
outbox.add_report(190000020, 25, [-(1 << 29) + 1], table=1)
outbox.date(190000100, 106)
payload, sent = message.encode(outbox.next_batch(64, 190000100), 3)
print(hexlify(payload).decode())
print([record.sequence for record in sent])
print(outbox.depth())
"""


@pytest.mark.parametrize("count", [0, 1, 60])
def test_all_kinds_of_records_in_one_message(count):
    files = {"main.py": FILL.replace("COUNT", str(count)), "/lib/board.py": BOARD}
    for module in MODULES:
        name = path_on_node(module)
        files["/lib/" + name.removesuffix(".py") + ".mpy"] = compile_module(source_path(module), name)
    payload, sent, depth = printed(BoardBench(files).run(10))
    uplink = decode_uplink(bytes.fromhex(payload))
    assert cbor2.dumps(cbor2.loads(bytes.fromhex(payload))) == bytes.fromhex(payload)  # the shortest form
    assert [(event.seq, event.time, event.code, event.data) for event in uplink.events] == [
        (0, 190_000_000, 0, ["voltage", 1, 2551]),
        (1, 190_000_000, 4, [b"\xe2\x00", 1200, 5, -48]),
    ]
    assert [(result.command_id, result.detail) for result in uplink.results] == [(7, "80 %")]
    assert [report.values for report in uplink.reports] == [
        [(1 << 29) - 1 - i, None if i % 2 else "invalid"] for i in range(count)
    ]
    assert [report.values for report in uplink.health] == [[1 - (1 << 29)]]
    assert uplink.configuration == 3
    assert sent == str([2, 0, 1, *range(3, 4 + count)])
    assert depth == str(4 + count)

"""Packed reports, downlinks and SenML packs: what is encoded comes back; any bytes decode or are refused."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from host_tools.collector.payload import Command, Configuration, encode_downlink
from protocols import downlink, senml
from protocols.errors import DecodeError
from protocols.report.decoder import INVALID, decode
from protocols.report.layout import MAX_COUNTER, MAX_REPORTS, MAX_VALUE
from tests.host_tools.packing import packed

TRACE = json.loads((Path(__file__).parent.parent / "vectors/lamp_trace.json").read_text())["rows"]

counters = st.integers(0, MAX_COUNTER) | st.integers(0, 100)
values = st.integers(-MAX_VALUE, MAX_VALUE) | st.integers(-100, 100)
entries = values | st.none() | st.just(INVALID)


@st.composite
def reports(draw):
    points = draw(st.integers(0, 5))
    row = st.tuples(counters, counters | st.none(), *[draw(st.sampled_from((values, entries)))] * points)
    return [list(row) for row in draw(st.lists(row, min_size=1, max_size=MAX_REPORTS))]


@st.composite
def mutated(draw, whole):
    data = bytearray(whole)
    for _ in range(draw(st.integers(1, 4))):
        data[draw(st.integers(0, len(data) - 1))] ^= 1 << draw(st.integers(0, 7))
    at = draw(st.integers(0, len(data)))
    return bytes(data[:at] + draw(st.binary(max_size=4)) + data[at + draw(st.integers(0, 4)) :])


def survives(decoder, data):
    try:
        return decoder(data)
    except DecodeError:
        return None


@given(reports(), st.integers(0, (1 << 24) - 1))
def test_reports_come_back(rows, schema_id):
    assert decode(packed(rows, schema_id)) == (schema_id, rows)


@given(st.binary(max_size=200) | mutated(packed(TRACE[:1])) | mutated(packed(TRACE[130:142])))
def test_any_bytes_are_reports_or_refused(data):
    """What is read can be packed again, and never takes more bytes than it came in."""
    result = survives(decode, data)
    if result:
        schema_id, rows = result
        assert 1 <= len(rows) <= MAX_REPORTS
        again = packed(rows, schema_id)
        assert len(again) <= len(data)
        assert decode(again) == (schema_id, rows)


@given(st.lists(counters, max_size=MAX_REPORTS))
def test_exactly_what_is_acknowledged_is_known_as_acknowledged(numbers):
    answer = downlink.decode(encode_downlink(1, [], numbers))
    around = {number + step for number in numbers for step in (-1, 0, 1)}
    assert {number for number in around if answer.acknowledges(number)} == set(numbers)


CONFIGURATION = Configuration(7, {"sample_s": 60})
COMMANDS = [Command(12, 200_000_060, "lamp", [80])]
DOWNLINK = encode_downlink(200_000_000, COMMANDS, range(70_000, 70_012), CONFIGURATION)


@given(st.binary(max_size=60) | mutated(DOWNLINK))
def test_any_bytes_are_a_downlink_or_refused(data):
    answer = survives(downlink.decode, data)
    if answer:
        answer.acknowledges(70_000)


numbers = st.integers(-(1 << 64) + 1, (1 << 64) - 1) | st.floats(allow_nan=False, allow_infinity=False)
PACK = senml.encode(
    [
        {"bn": "urn:dev:mac:02c170aabbcc:", "bt": 1_700_000_000, "n": "voltage", "u": "V", "v": 221.3},
        {"n": "energy", "u": "J", "v": senml.decimal(1042334, 1), "t": -60, "s": 1.5},
        {"n": "name", "vs": "x"},
    ]
)


@given(st.lists(st.fixed_dictionaries({"n": st.text()}, optional={"v": numbers, "s": numbers, "t": numbers})))
def test_packs_come_back(records):
    assert senml.decode(senml.encode(records)) == records


@given(st.binary(max_size=60) | mutated(PACK))
def test_any_bytes_are_a_pack_or_refused(data):
    records = survives(senml.decode, data)
    if records:
        survives(lambda pack: senml.resolve(pack, 1_700_000_000), records)

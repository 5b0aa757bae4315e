"""The sizes that the project promises, on the trace of a lamp's day."""

import json
import zlib

import cbor2
import pytest

from host_tools.bench.sizes import (
    BATCH,
    FORMATS,
    TRACE,
    deflated,
    load_trace,
    node_day,
    packed,
    sizes,
)
from protocols.message_numbers import REPORTS
from protocols.report.decoder import decode

SINGLE_MOST, BATCH_MOST = 35, 13  # bytes of payload per report
UDP_MOST = 75  # of a single report, with CoAP and OSCORE
COAP, TOKEN, MARKER = 4, 4, 1  # bytes (RFC 7252 section 3)
OSCORE_OPTION = 1 + 1 + 3 + 2  # head, flags, Partial IV, kid (RFC 8613 section 6.1)
INNER = 1 + 3 + 2 + 1 + 8  # code, Uri-Path "up", Content-Format, marker; the tag of AES-CCM-16-64-128
OVERHEAD = COAP + TOKEN + OSCORE_OPTION + MARKER + INNER


@pytest.fixture(scope="module")
def by_name():
    return {size.name: size for size in sizes()}


def test_the_limits_hold_for_every_report(by_name):
    assert by_name["packed"].single_most <= SINGLE_MOST
    assert by_name["packed"].single_most + OVERHEAD <= UDP_MOST
    table, rows = load_trace()
    for first in range(len(rows) - BATCH + 1):
        assert len(packed(table, rows[first : first + BATCH])) <= BATCH * BATCH_MOST


def test_no_other_format_is_near(by_name):
    ours = by_name["packed"]
    others = [size for name, size in by_name.items() if not name.startswith("packed")]
    assert len(others) == 2 * (len(FORMATS) - 1)
    for other in others:
        assert other.single_mean > 2 * ours.single_mean, other
        assert other.batch_mean > 2 * ours.batch_mean, other


def test_the_documentation_tells_them(by_name):
    """All but the deflated ones, which may depend on the zlib that is installed."""
    text = (TRACE.parent.parent.parent / "docs/messages.md").read_text()
    for name in FORMATS:
        size = by_name[name]
        single = f"{size.single_mean:.1f}, at most {size.single_most}"
        assert f"| {name} | {single} | {size.batch_mean:.1f}, at most {size.batch_most:.1f} |" in text


def test_all_formats_carry_the_same():
    table, rows = load_trace()
    rows = rows[:BATCH]
    written = {name: encode(table, rows) for name, encode in FORMATS.items()}
    assert decode(cbor2.loads(written["packed"])[REPORTS]) == (table.schema_id, rows)
    named = json.loads(written["JSON"])
    assert named == cbor2.loads(written["CBOR with text keys"])
    assert [report["voltage"] for report in named] == [row[2] / 10 for row in rows]
    for name in ("SenML-JSON", "SenML-CBOR"):
        load = json.loads if name == "SenML-JSON" else cbor2.loads
        assert len(load(written[name])) == BATCH * len(table.points)
    assert zlib.decompress(deflated(written["JSON"]), -15) == written["JSON"]


def test_the_trace_is_what_its_description_says():
    table, rows = load_trace()
    energy = [point.name for point in table.points].index("energy") + 2
    assert rows[0][0] >= 70_000
    assert rows[0][energy] >= 100_000
    assert len(json.loads(TRACE.read_text())["kid"]) == 4
    assert [row[0] for row in rows] == list(range(rows[0][0], rows[0][0] + 288))
    for column in range(2, len(rows[0])):
        assert len({row[column] for row in rows}) > 2  # nothing stands still all day


def test_a_day_in_bytes():
    hourly, single = node_day(12, OVERHEAD, 20), node_day(1, OVERHEAD, 20)
    assert hourly.up < single.up / 5
    assert hourly.down < single.down / 5
    dearer = node_day(12, OVERHEAD + 1, 20 + 2)
    assert (dearer.up - hourly.up, dearer.down - hourly.down) == (24, 48)

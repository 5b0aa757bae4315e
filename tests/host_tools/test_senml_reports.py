"""Reports read into SenML, and the units that this takes."""

import json
from fractions import Fraction
from pathlib import Path

import pytest

from host_tools.boards import load_board, table_of
from host_tools.collector.payload import EPOCH_UNIX_S
from host_tools.points import FIELD_UNITS, Point, PointTable
from host_tools.senml_reports import report_to_senml
from host_tools.senml_units import units
from protocols import senml
from protocols.report.decoder import decode
from tests.host_tools.packing import packed

POLE = table_of(load_board("smart_pole"))
BASE_NAME = "urn:dev:ops:32473-pole-1:"
NOW = 1_900_000_000
ROW = [7, 200_000_000, 60, 2213, 343, 736, 211, -567, 787, 565]


def read(*rows):
    """The rows as a peer reads them, which is told nothing but the pack."""
    records = senml.decode(senml.encode(report_to_senml(POLE, rows, BASE_NAME)))
    return senml.resolve(records, NOW)


def test_a_report_as_another_reads_it():
    time = EPOCH_UNIX_S + 200_000_000
    expected = {
        "lamp_level": (0.6, "/"),
        "voltage": (221.3, "V"),
        "current": (0.343, "A"),
        "power": (73.6, "W"),
        "energy": (759_600, "J"),
        "temperature": (-5.67, "Cel"),
        "humidity": (78.7, "%RH"),
        "noise": (56.5, "dB"),
    }
    assert read(ROW) == [
        {"n": BASE_NAME + name, "t": time, "u": unit, "v": value} for name, (value, unit) in expected.items()
    ]


def test_from_the_packed_message_by_a_peer_with_the_table():
    schema_id, rows = decode(packed([ROW], POLE.schema_id))
    assert schema_id == POLE.schema_id
    assert read(*rows) == read(ROW)


def test_times():
    unknown = [8, None, *ROW[2:]]
    later = [9, 200_000_060, *ROW[2:]]
    base = EPOCH_UNIX_S + 200_000_000
    for rows, times in (
        ([ROW, later], [base, base + 60]),
        ([ROW, unknown], [base, NOW]),
        ([unknown, later], [base + 60, NOW]),
        ([unknown], [NOW]),
    ):
        assert [record["t"] for record in read(*rows)[::8]] == times


def test_what_is_absent_or_invalid_is_left_out():
    row = [*ROW[:2], None, "invalid", *ROW[4:]]
    assert {record["n"].removeprefix(BASE_NAME) for record in read(row)} == {
        point.name for point in POLE.points
    } - {"lamp_level", "voltage"}
    assert read([*ROW[:2], *[None] * 8]) == []


def test_every_unit_of_a_point_is_registered():
    assert {unit for unit, _ in FIELD_UNITS.values()} <= set(units())


@pytest.mark.parametrize(
    ("symbol", "value", "primary", "converted"),
    [
        ("V", 220, "V", 220),
        ("kWh", 2, "J", 7_200_000),
        ("/100", 50, "/", Fraction(1, 2)),
        ("dBm", 0, "dBW", -30),
        ("dBm", 43, "dBW", 13),
        ("km/h", 36, "m/s", 10),
        ("ug/m3", 25, "kg/m3", Fraction(25, 10**9)),
        ("hPa", 1013, "Pa", 101_300),
    ],
)
def test_secondary_units(symbol, value, primary, converted):
    unit = units()[symbol]
    assert (unit.primary, unit.to_primary(value)) == (primary, converted)
    assert unit.from_primary(converted) == value
    assert unit.is_secondary == (symbol != primary)


def test_every_secondary_unit_leads_to_a_primary_one():
    for unit in units().values():
        assert not units()[unit.primary].is_secondary
        assert unit.scale > 0


def test_the_trace_keeps_its_digits():
    trace = json.loads((Path(__file__).parent.parent / "vectors/lamp_trace.json").read_text())
    points = [
        Point(p["name"], "lamp", p["name"], p["path"], p["unit"], p["scale"], 1, "telemetry", "telemetry")
        for p in trace["points"]
    ]
    rows = trace["rows"][:12]
    records = senml.decode(senml.encode(report_to_senml(PointTable("lamp", points), rows, BASE_NAME)))
    for (row, index), record in zip([(row, i) for row in rows for i in range(8)], records, strict=True):
        unit = units()[points[index].unit]
        assert record["v"] == float(unit.to_primary(row[2 + index] * Fraction(points[index].scale)))

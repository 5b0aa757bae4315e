"""Points: what the integers of a report mean."""

import random
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host_tools.boards import health_table, load_board, table_of
from host_tools.boards.model import part_kinds
from host_tools.points import (
    FIELD_UNITS,
    SCHEMA_ID_BITS,
    SIGNAL,
    PointError,
    PointTable,
    field_unit,
    make_point,
)
from host_tools.senml_units import units

POLE = table_of(load_board("smart_pole"))
EVERY_POINT = {"lamp_level", "voltage", "current", "power", "energy", "temperature", "humidity", "noise"}


def declared(source="meter.voltage_mv", unit="V", scale=0.1):
    return SimpleNamespace(
        source=source, path="3418/0/1", unit=unit, scale=scale, kind="telemetry", priority="telemetry"
    )


def test_every_field_of_every_part_has_a_unit():
    fields = {field for kind in part_kinds().values() for field in kind.fields}
    assert all(field_unit(field) for field in fields)


def test_every_unit_is_one_of_senml():
    assert {unit for unit, _ in (*FIELD_UNITS.values(), SIGNAL)} <= set(units())


@pytest.mark.parametrize(
    ("scale", "divisor", "text"),
    [(0.1, 100, "0.1"), (0.001, 1, "0.001"), (1, 1000, "1"), (2.5, 2500, "2.5"), (0.123, 123, "0.123")],
)
def test_scale_and_divisor_are_exact(scale, divisor, text):
    point = make_point("voltage", declared(scale=scale))
    assert (point.divisor, point.scale) == (divisor, text)
    assert Fraction(point.scale) == divisor * Fraction(1, 1000)


@pytest.mark.parametrize("scale", [0.0001, 0.1234567, 1.0005])
def test_scales_between_the_drivers_steps(scale):
    with pytest.raises(PointError, match=f"scale: {scale:.15g} is no multiple of the driver's step, 0.001"):
        make_point("voltage", declared(scale=scale))


def test_a_scale_that_the_nodes_integers_cannot_hold():
    with pytest.raises(PointError, match="more than 1073741823"):
        make_point("voltage", declared(scale=1_073_742))
    assert make_point("voltage", declared(scale=1_073_741)).divisor == 1_073_741_000


def test_another_unit():
    with pytest.raises(PointError, match=r"unit: meter.voltage_mv is in V, not in A"):
        make_point("voltage", declared(unit="A"))


def test_the_poles_report():
    values = [60, 2213, 343, 736, 211, 2567, 787, 565]
    assert POLE.decode(values) == {
        "lamp_level": 60,
        "voltage": 221.3,
        "current": 0.343,
        "power": 73.6,
        "energy": 211,
        "temperature": 25.67,
        "humidity": 78.7,
        "noise": 56.5,
    }


def test_whole_values_are_integers_and_missing_ones_none():
    decoded = POLE.decode([0, 2200, None, None, None, -500, None, None])
    assert decoded["voltage"] == 220 and isinstance(decoded["voltage"], int)
    assert decoded["temperature"] == -5
    assert decoded["current"] is None


def test_invalid_values_stay_invalid():
    assert POLE.decode([None, "invalid", *[None] * 6])["voltage"] == "invalid"


def test_more_points_than_a_report_holds():
    with pytest.raises(PointError, match="256 points, more than the 255"):
        PointTable("pole", [POLE.points[0]] * 256)


@pytest.mark.parametrize("count", [0, 7, 9])
def test_a_wrong_number_of_values(count):
    with pytest.raises(ValueError, match=f"{count} values for the 8 points of smart_pole"):
        POLE.decode([1] * count)


@given(st.integers(-(2**30), 2**30))
def test_what_a_driver_measured_comes_back_within_half_a_step(millivolts):
    point = next(point for point in POLE.points if point.name == "voltage")
    sent = round(Fraction(millivolts, point.divisor))
    decoded = POLE.decode([None, sent, *[None] * 6])["voltage"]
    assert abs(decoded - millivolts / 1000) <= 0.05 + 1e-6


def test_the_schema_id_follows_everything_that_decoding_needs():
    points = list(POLE.points)
    assert PointTable("smart_pole", points).schema_id == POLE.schema_id < 1 << SCHEMA_ID_BITS
    shuffled = random.Random(1).sample(points, len(points))
    others = [
        PointTable("other_pole", points),
        PointTable("smart_pole", shuffled),
        PointTable("smart_pole", points[:-1]),
        *(
            PointTable("smart_pole", [replace(points[0], **change), *points[1:]])
            for change in ({"name": "x"}, {"scale": "2"}, {"unit": "V"}, {"path": "1/2/3"}, {"field": "y_mv"})
        ),
    ]
    assert len({POLE.schema_id, *(table.schema_id for table in others)}) == 1 + len(others)


def test_the_names_that_users_know():
    assert {point.name for point in POLE.points} == EVERY_POINT
    assert [point.symbol for point in POLE.points] == ["%", "V", "A", "W", "Wh", "°C", "%RH", "dB(A)"]
    health = {point.name: point.symbol for point in table_of(health_table()).points}
    assert (health["snr"], health["rsrp"], health["heap_high_water"]) == ("dB", "dBm", "B")

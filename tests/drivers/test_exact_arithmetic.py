"""The drivers' integer arithmetic against exact fractions, and within what MicroPython holds cheaply."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from drivers import bl0942, sht4x
from protocols import modbus_rtu

SMALL_INTEGER = 1 << 30  # MicroPython on a 32-bit chip allocates from here on


def test_sht4x_over_all_readings():
    for ticks in range(65536):
        temperature = -45000 + Fraction(175000 * ticks, 65535)
        humidity = min(max(-6000 + Fraction(125000 * ticks, 65535), 0), 100_000)
        assert abs(sht4x.temperature_mdegc(ticks) - temperature) <= Fraction(1, 2)
        assert abs(sht4x.humidity_mpct(ticks) - humidity) <= Fraction(1, 2)
    largest_product = 11893 * 65535 + 6553
    assert largest_product < SMALL_INTEGER


@given(
    counts=st.integers(-(1 << 23), (1 << 24) - 1),
    shunt_uohm=st.integers(100, 10_000),
    upper_ohm=st.integers(100_000, 5_000_000),
    lower_ohm=st.integers(100, 10_000),
)
def test_bl0942_scales(counts, shunt_uohm, upper_ohm, lower_ohm):
    """The datasheet's formulas, solved for the quantity on the mains side."""
    meter = bl0942.BL0942(shunt_uohm, upper_ohm, lower_ohm)
    vref = Fraction(1218, 1000)
    shunt_mohm = Fraction(shunt_uohm, 1000)
    divider = Fraction(upper_ohm + lower_ohm, lower_ohm)
    half = Fraction(1, 2)
    assert abs(bl0942._scaled(counts, meter._ma) - counts * vref * 1000 / (305978 * shunt_mohm)) <= half
    assert abs(bl0942._scaled(counts, meter._mv) - counts * vref * divider / 73989) <= half
    power_mw_per_count = vref * vref * divider / (3537 * shunt_mohm)
    assert abs(bl0942._scaled(counts, meter._mw) - counts * power_mw_per_count) <= half
    pulse_wh = Fraction("1638.4") * 256 * power_mw_per_count / 1000 / 3600
    assert Fraction(*meter._wh) == pulse_wh


@given(st.binary(max_size=256))
def test_crc16_as_the_standard_describes_it(data):
    """Modbus over Serial Line V1.02, 6.2.2: shift out bit by bit."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    assert modbus_rtu.crc16(data) == crc

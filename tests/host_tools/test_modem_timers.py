"""The octets of PSM and eDRX times: worked values of manuals, and every octet there and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host_tools.simulator.modems import timers

MINUTE, HOUR = 60, 3600


@pytest.mark.parametrize(
    ("octet", "seconds"),
    # BC26 AT Commands Manual V1.1; SIM7020 Low Power Mode note V1.03
    [
        ("00100100", 4 * MINUTE),
        ("00001111", 30),
        ("00000001", 2),
        ("01000011", 18 * MINUTE),
        ("11100000", None),
    ],
)
def test_active_time(octet, seconds):
    assert timers.decode_active(octet) == seconds and timers.encode_active(seconds) == octet


@pytest.mark.parametrize(
    ("octet", "seconds"),
    [("01000111", 70 * HOUR), ("01011111", 310 * HOUR), ("01000011", 30 * HOUR), ("11100000", None)],
)
def test_periodic_time(octet, seconds):
    assert timers.decode_periodic(octet) == seconds and timers.encode_periodic(seconds) == octet


def test_units_that_the_standard_does_not_define():
    assert timers.decode_active("10100010") == 2 * MINUTE
    assert timers.decode_periodic("11100111") is None  # deactivated, whatever the multiplier


@pytest.mark.parametrize("bits", range(256))
def test_every_octet(bits):
    octet = f"{bits:08b}"
    active, periodic = timers.decode_active(octet), timers.decode_periodic(octet)
    assert timers.decode_active(timers.encode_active(active)) == active
    assert timers.decode_periodic(timers.encode_periodic(periodic)) == periodic


@given(st.integers(0, 320 * 31 * HOUR))
def test_what_an_octet_cannot_say_is_rounded_up(seconds):
    coded = timers.decode_periodic(timers.encode_periodic(seconds))
    assert seconds <= coded <= max(62, seconds * 2, seconds + 320 * HOUR * (seconds > 310 * HOUR))


def test_the_longest_time_there_is():
    assert timers.encode_active(10**6) == "01011111" and timers.encode_periodic(10**9) == "11011111"


@pytest.mark.parametrize("text", ["", "0010010", "001001000", "0010010x"])
def test_no_octet(text):
    with pytest.raises(ValueError, match="not an octet"):
        timers.decode_active(text)


def test_edrx_cycles():
    # 3GPP TS 24.008 10.5.5.32, NB-S1
    assert timers.decode_edrx("0101") == 81_920 and timers.decode_edrx("1111") == 10_485_760
    assert timers.decode_edrx("0000") is None and timers.decode_edrx("0110") == 20_480
    assert timers.encode_edrx(81_920) == "0101" and timers.encode_edrx(100_000) == "1001"
    assert timers.encode_edrx(None) == "0000" and timers.encode_edrx(10**9) == "1111"
    with pytest.raises(ValueError, match="not an eDRX code"):
        timers.decode_edrx("010")


def test_paging_windows():
    assert timers.decode_paging_window("0000") == 2560 and timers.decode_paging_window("1111") == 40_960
    for value in range(16):
        code = f"{value:04b}"
        assert timers.encode_paging_window(timers.decode_paging_window(code)) == code
    assert timers.encode_paging_window(0) == "0000" and timers.encode_paging_window(10**6) == "1111"

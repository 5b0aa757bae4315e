"""Numbers of registers against exact fractions, for any words."""

import math
import struct
from fractions import Fraction

from hypothesis import example, given
from hypothesis import strategies as st

from drivers.register_sensor import (
    F32,
    LOW_BYTE_FIRST,
    LOW_WORD_FIRST,
    MOST,
    S16,
    S32,
    U16,
    U32,
    scaled,
)

FORMATS = {U16: "H", S16: "h", U32: "I", S32: "i", F32: "f"}
orders = st.sampled_from([0, LOW_WORD_FIRST, LOW_BYTE_FIRST, LOW_WORD_FIRST | LOW_BYTE_FIRST])
factors = st.integers(1, 1_000_000)


def in_order(data: bytes, order: int) -> bytes:
    """Bytes, the highest first, as they come in registers of that order."""
    words = [data[i : i + 2] for i in range(0, len(data), 2)]
    if order & LOW_WORD_FIRST:
        words.reverse()
    return b"".join(word[::-1] if order & LOW_BYTE_FIRST else word for word in words)


def expected(value: int | float, times: int, per: int) -> int | None:
    if not math.isfinite(value):
        return None
    if 0 < abs(value) < 2.0**-126:
        value = 0
    exact = math.floor(Fraction(value) * times / per + Fraction(1, 2))
    return exact if abs(exact) < MOST else None


@given(st.sampled_from(sorted(FORMATS)), st.binary(min_size=4, max_size=4), orders, factors, factors)
@example(F32, b"\x4b\x7f\xff\xff", 0, 1_000_000, 999_999)
@example(F32, b"\x00\x7f\xff\xff", 0, 1_000_000, 1)
@example(F32, b"\x00\x80\x00\x00", 0, 1_000_000, 1)
def test_any_words(kind, data, order, times, per):
    layout = ">" + FORMATS[kind]
    data = data[: struct.calcsize(layout)]
    if len(data) == 2:
        order &= LOW_BYTE_FIRST
    value = struct.unpack(layout, data)[0]
    words = struct.unpack(f">{len(data) // 2}H", in_order(data, order))
    assert scaled(words, kind | order, times, per) == expected(value, times, per)


@given(st.floats(-1e7, 1e7, width=32), st.sampled_from([1, 10, 100, 1000]))
def test_measurements_survive_their_float(value, times):
    """What a sensor tells is there to the last bit of its float."""
    words = struct.unpack(">HH", struct.pack(">f", value))
    found = scaled(words, F32, times, 1)
    assert found is None or abs(found - Fraction(value) * times) <= Fraction(1, 2)

"""PSM and eDRX times against the tables of 3GPP TS 24.008."""

from protocols import power_saving
from protocols.errors import DecodeError, EncodeError
from tests.portable.check import load, raises

VECTORS = load("power_saving.json")


def test_decoding():
    for name in ("active", "periodic", "edrx", "paging_window"):
        decode = getattr(power_saving, "decode_" + name)
        for text, value in VECTORS[name]:
            assert decode(text) == value, (name, text)


def test_encoding():
    for name in ("active", "periodic", "edrx"):
        encode = getattr(power_saving, "encode_" + name)
        for value, text in VECTORS["encode_" + name]:
            assert encode(value) == text, (name, value)


def test_what_is_encoded_is_no_shorter_and_nearly_as_asked():
    for seconds in range(0, 11161, 7):
        granted = power_saving.decode_active(power_saving.encode_active(seconds))
        assert seconds <= granted < seconds + 360, seconds
    for seconds in range(0, 35712001, 99991):
        granted = power_saving.decode_periodic(power_saving.encode_periodic(seconds))
        assert seconds <= granted < seconds + 1152000, seconds


def test_what_no_timer_holds():
    raises(EncodeError, power_saving.encode_active, 11161)
    raises(EncodeError, power_saving.encode_active, -1)
    raises(EncodeError, power_saving.encode_periodic, 35712001)
    raises(EncodeError, power_saving.encode_edrx, 10486)


def test_bad_octets():
    for text in VECTORS["bad_octets"]:
        raises(DecodeError, power_saving.decode_active, text)
        raises(DecodeError, power_saving.decode_periodic, text)
        raises(DecodeError, power_saving.decode_edrx, text)

"""Registration, time and signal lines as real modems print them."""

from drivers.modem.bc26 import BC26
from protocols.at import matches, parse_fields
from protocols.at_values import decode_cclk, decode_cereg, describe
from protocols.errors import DecodeError
from tests.portable.check import load, raises

VECTORS = load("at_values.json")
NAMES = ("stat", "tac", "ci", "act", "cause_type", "reject_cause", "active_time", "periodic_tau")


def test_registration():
    for vector in VECTORS["cereg"]:
        assert decode_cereg(vector["fields"]) == tuple([vector.get(name) for name in NAMES]), vector
    for fields in VECTORS["cereg_bad"]:
        raises(DecodeError, decode_cereg, fields)


def test_registration_in_words():
    assert describe(decode_cereg(["2"])) == "+CEREG: 2"
    denied = decode_cereg(["3", "", "", "", "0", "15"])
    assert describe(denied) == "+CEREG: 3, EMM cause 15"
    pending = decode_cereg(["100"])
    assert describe(pending) == "+CEREG: 100"
    vendor = decode_cereg(["3", "", "", "", "1", "200"])
    assert describe(vendor) == "+CEREG: 3, vendor's cause 200"


def test_time():
    for vector in VECTORS["cclk"]:
        assert decode_cclk(vector["line"], True) == vector["local"], vector
        assert decode_cclk(vector["line"], False) == vector["utc"], vector
    for line in VECTORS["cclk_bad"]:
        raises(DecodeError, decode_cclk, line, True)


def test_time_stays_a_small_integer_to_the_end():
    assert decode_cclk('+CCLK: "53/12/31,23:59:59+00"', True) == 34 * 365 * 86400 + 9 * 86400 - 1
    assert decode_cclk('+CCLK: "54/01/01,00:00:00+00"', True) is None


def test_signal():
    profile = BC26()
    for vector in VECTORS["qeng"]:
        assert matches(profile.signal.expected[0], vector["line"])
        fields = parse_fields(vector["line"])
        for name, label, index, divisor in profile.signal_fields:
            assert vector["line"].startswith(label)
            assert int(fields[index]) // divisor == vector[name], vector

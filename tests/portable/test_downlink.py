from protocols import cbor, downlink
from protocols.errors import DecodeError
from tests.portable.check import raises

TIME = 200_000_000
COMMAND = [12, TIME + 60, "lamp", [80, True, None, "A"]]
SETTINGS = {"report_s": 300}
WHOLE = {0: 1, 1: TIME, 2: [COMMAND], 3: [70_000, 12, 70_020, 1], 4: 7, 5: SETTINGS, 99: [1], "x": None}


def decode(**changes):
    message = dict(WHOLE)
    message.update({int(key[1:]): item for key, item in changes.items()})
    return downlink.decode(cbor.dumps(message))


def found(answer):
    return answer.time, answer.commands, answer.version, answer.settings


def test_whole():
    assert found(decode()) == (TIME, [COMMAND], 7, SETTINGS)
    assert found(decode(k5=None)) == (TIME, [COMMAND], 7, None)
    assert found(decode(k4=None, k5=None)) == (TIME, [COMMAND], None, None)


def test_least():
    answer = downlink.decode(cbor.dumps({0: 1, 1: TIME}))
    assert found(answer) == (TIME, [], None, None)
    assert not answer.acknowledges(0)


def test_acknowledged_are_ranges():
    answer = decode()
    taken = [number for number in range(69_990, 70_030) if answer.acknowledges(number)]
    assert taken == list(range(70_000, 70_012)) + [70_020]
    assert not decode(k3=[5, 0]).acknowledges(5)


def test_of_a_later_version_time_and_acknowledgements_are_taken():
    answer = decode(k0=2, k2="commands in another form", k4=[1], k5=1)
    assert found(answer) == (TIME, [], None, None)
    assert answer.acknowledges(70_000)


def test_malformed():
    for changes in (
        {"k0": None},
        {"k0": 0},
        {"k0": True},
        {"k1": None},
        {"k1": 0},
        {"k1": 1 << 30},
        {"k1": 1.0},
        {"k2": None},
        {"k2": [1]},
        {"k2": [COMMAND[:3]]},
        {"k2": [[0] + COMMAND[1:]]},
        {"k2": [COMMAND[:1] + [-1] + COMMAND[2:]]},
        {"k2": [COMMAND[:2] + [1] + COMMAND[3:]]},
        {"k2": [COMMAND[:3] + [80]]},
        {"k3": None},
        {"k3": {}},
        {"k3": [1]},
        {"k3": [1, -1]},
        {"k3": [1 << 30, 1]},
        {"k3": ["1", 1]},
        {"k4": "7"},
        {"k4": -1},
        {"k4": 0},  # with a configuration
        {"k4": None},
        {"k5": 7},
        {"k5": [SETTINGS]},
    ):
        raises(DecodeError, decode, **changes)
    for data in (b"", b"\x80", b"\xa0", b"\xa1\x00\x01", cbor.dumps(WHOLE) + b"\x00"):
        raises(DecodeError, downlink.decode, data)


def test_every_cut_is_refused():
    data = cbor.dumps(WHOLE)
    for size in range(len(data)):
        raises(DecodeError, downlink.decode, data[:size])

from datetime import UTC, datetime

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from host_tools.collector.payload import (
    EPOCH_UNIX_S,
    INVALID,
    MAX_DOWNLINK,
    Command,
    Configuration,
    Event,
    Report,
    Result,
    Status,
    Uplink,
    check_command,
    decode_uplink,
    encode_downlink,
    fitting,
)
from protocols.errors import DecodeError, EncodeError
from protocols.report.layout import MAX_REPORTS
from tests.host_tools.packing import packed

REPORTS = packed([[7, 200_000_000, 2301, None, -5], [8, None, 2301, "invalid", -4]])
HEALTH = packed([[9, 200_000_060, 17]], 8)
RESULT = [12, 2, "duty 120"]
EVENT = [10, 200_000_030, 0, "voltage", 1, 2551]


def test_a_whole_uplink():
    told = [EVENT, [11, None, 4, b"\xe2\x00", None, True, -48]]
    message = {2: REPORTS, 3: [RESULT, [13, 0, None]], 4: told, 5: HEALTH, 6: 3, 99: "later", "x": 1}
    assert decode_uplink(cbor2.dumps(message)) == Uplink(
        7,
        [Report(7, 200_000_000, [2301, None, -5]), Report(8, None, [2301, INVALID, -4])],
        [Result(12, Status.BAD_ARGUMENT, "duty 120"), Result(13, Status.DONE, None)],
        [
            Event(10, 200_000_030, 0, ["voltage", 1, 2551]),
            Event(11, None, 4, [b"\xe2\x00", None, True, -48]),
        ],
        8,
        [Report(9, 200_000_060, [17])],
        3,
    )


def test_all_of_it_may_be_absent():
    assert decode_uplink(cbor2.dumps({})) == Uplink(None, [], [], [], None, [], None)


@pytest.mark.parametrize(
    "message",
    [
        7,
        [1, 7],
        {2: [[7, 0, []]]},
        {2: None},
        {2: "reports"},
        {2: b""},
        {2: REPORTS[:-1]},
        {2: REPORTS + b"\x00"},
        {3: {}},
        {3: [7]},
        {3: [[12, 5, None]]},
        {3: [[12, -1, None]]},
        {3: [[12, False, None]]},
        {3: [[12, 0]]},
        {3: [[12, 0, 3]]},
        {3: [[12, 0, "a" * 201]]},
        {3: [["12", 0, None]]},
        {4: None},
        {4: {}},
        {4: [7]},
        {4: [[10, 5]]},
        {4: [[-1, 5, 0]]},
        {4: [[1 << 30, 5, 0]]},
        {4: [["10", 5, 0]]},
        {4: [[10, -1, 0]]},
        {4: [[10, 1 << 30, 0]]},
        {4: [[10, False, 0]]},
        {4: [[10, 5, None]]},
        {4: [[10, 5, "alarm"]]},
        {4: [[10, 5, 0, [1]]]},
        {4: [[10, 5, 0, {}]]},
        {4: [[10, 5, 0, 0.5]]},
        {4: [EVENT, [11, 5]]},
        {5: None},
        {5: []},
        {5: HEALTH[:-1]},
        {6: None},
        {6: -1},
        {6: "3"},
        {6: 1 << 30},
    ],
)
def test_a_malformed_uplink_is_refused(message):
    with pytest.raises(DecodeError):
        decode_uplink(cbor2.dumps(message))


@given(st.binary(max_size=60), st.data())
def test_mutated_uplinks_decode_or_raise_decode_error(noise, data):
    whole = bytearray(cbor2.dumps({2: REPORTS, 3: [RESULT], 4: [EVENT], 5: HEALTH, 6: 1}))
    at = data.draw(st.integers(0, len(whole)))
    for message in (noise, bytes(whole[:at]) + noise, bytes(whole[:at]) + noise + bytes(whole[at:])):
        try:
            assert isinstance(decode_uplink(message), Uplink)
        except DecodeError:
            continue


WANTED = Configuration(3, {"sample_s": 60})


def test_the_downlink():
    commands = [Command(12, 200_000_060, "lamp", [80, True, None, "A"])]
    assert cbor2.loads(encode_downlink(200_000_000, commands, [8, 7, 7, 4], WANTED)) == {
        0: 1,
        1: 200_000_000,
        2: [[12, 200_000_060, "lamp", [80, True, None, "A"]]],
        3: [4, 1, 7, 2],
        4: 3,
        5: {"sample_s": 60},
    }
    assert cbor2.loads(encode_downlink(1)) == {0: 1, 1: 1}


def test_a_downlink_has_room_for_every_acknowledgement():
    scattered = range(1 << 29, (1 << 29) + 2 * MAX_REPORTS, 2)
    commands = [Command(i, 200_000_000, "display", ["x" * 20]) for i in range(10)]
    taken = fitting(200_000_000, commands, scattered)
    assert 0 < len(taken) < len(commands)
    assert len(encode_downlink(200_000_000, taken, scattered)) <= MAX_DOWNLINK


def test_a_configuration_waits_for_an_answer_with_room():
    large = Configuration(3, {"plans": {"lamp": "x" * 300}})
    commands = [Command(1, 200_000_000, "display", ["x" * 150])]
    assert cbor2.loads(encode_downlink(1, [], [], large))[5] == large.settings
    assert cbor2.loads(encode_downlink(1, commands, [], large)) == cbor2.loads(encode_downlink(1, commands))


def test_a_downlink_takes_the_oldest_commands_that_fit():
    commands = [Command(i, 200_000_000, "display", ["x" * 100]) for i in range(10)]
    taken = fitting(200_000_000, commands)
    assert taken == commands[: len(taken)]
    assert len(encode_downlink(200_000_000, taken)) <= MAX_DOWNLINK
    assert len(encode_downlink(200_000_000, commands[: len(taken) + 1])) > MAX_DOWNLINK


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("", []),
        ("lamp", [1 << 30]),
        ("lamp", [-(1 << 30)]),
        ("lamp", [0.5]),
        ("lamp", [[1]]),
        ("lamp", ["\ud800"]),
        ("lamp", ["x" * MAX_DOWNLINK]),
        ("x" * MAX_DOWNLINK, []),
    ],
)
def test_commands_that_cannot_be_sent(name, args):
    with pytest.raises(EncodeError):
        check_command(name, args)


def test_commands_that_can_be_sent():
    check_command("lamp", [(1 << 30) - 1, True, None, "text"])


def test_the_epoch():
    assert datetime.fromtimestamp(EPOCH_UNIX_S, UTC) == datetime(2020, 1, 1, tzinfo=UTC)

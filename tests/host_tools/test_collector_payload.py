from datetime import UTC, datetime

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from host_tools.collector.payload import (
    EPOCH_UNIX_S,
    MAX_DOWNLINK,
    Command,
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

REPORT = [7, 200_000_000, [2301, None, -5]]
RESULT = [12, 2, "duty 120"]


def test_a_whole_uplink():
    data = cbor2.dumps({1: 7, 2: [REPORT, [8, None, []]], 3: [RESULT, [13, 0, None]], 99: "later", "x": 1})
    assert decode_uplink(data) == Uplink(
        7,
        [Report(7, 200_000_000, [2301, None, -5]), Report(8, None, [])],
        [Result(12, Status.BAD_ARGUMENT, "duty 120"), Result(13, Status.DONE, None)],
    )


def test_reports_and_results_may_be_absent():
    assert decode_uplink(cbor2.dumps({1: 7})) == Uplink(7, [], [])


@pytest.mark.parametrize(
    "message",
    [
        7,
        [1, 7],
        {},
        {1: None},
        {1: -1},
        {1: 1 << 32},
        {1: True},
        {1: 7.0},
        {1: 7, 2: {}},
        {1: 7, 2: None},
        {1: 7, 2: [7]},
        {1: 7, 2: [[7, 0]]},
        {1: 7, 2: [[7, 0, [], 0]]},
        {1: 7, 2: [["7", 0, []]]},
        {1: 7, 2: [[-1, 0, []]]},
        {1: 7, 2: [[7, -1, []]]},
        {1: 7, 2: [[7, 0.5, []]]},
        {1: 7, 2: [[7, 0, None]]},
        {1: 7, 2: [[7, 0, ["1"]]]},
        {1: 7, 2: [[7, 0, [1.5]]]},
        {1: 7, 2: [[7, 0, [False]]]},
        {1: 7, 2: [[7, 0, [1 << 63]]]},
        {1: 7, 2: [[7, 0, [-(1 << 63)]]]},
        {1: 7, 3: [[12, 5, None]]},
        {1: 7, 3: [[12, -1, None]]},
        {1: 7, 3: [[12, False, None]]},
        {1: 7, 3: [[12, 0]]},
        {1: 7, 3: [[12, 0, 3]]},
        {1: 7, 3: [[12, 0, "a" * 201]]},
        {1: 7, 3: [["12", 0, None]]},
    ],
)
def test_a_malformed_uplink_is_refused(message):
    with pytest.raises(DecodeError):
        decode_uplink(cbor2.dumps(message))


@given(st.binary(max_size=60), st.data())
def test_mutated_uplinks_decode_or_raise_decode_error(noise, data):
    whole = bytearray(cbor2.dumps({1: 7, 2: [REPORT], 3: [RESULT]}))
    at = data.draw(st.integers(0, len(whole)))
    for message in (noise, bytes(whole[:at]) + noise, bytes(whole[:at]) + noise + bytes(whole[at:])):
        try:
            assert isinstance(decode_uplink(message), Uplink)
        except DecodeError:
            continue


def test_the_downlink():
    commands = [Command(12, 200_000_060, "lamp", [80, True, None, "A"])]
    assert cbor2.loads(encode_downlink(200_000_000, commands)) == {
        1: 200_000_000,
        2: [[12, 200_000_060, "lamp", [80, True, None, "A"]]],
    }
    assert cbor2.loads(encode_downlink(1, [])) == {1: 1, 2: []}


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
        ("lamp", [b"x"]),
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

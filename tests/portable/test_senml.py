from binascii import unhexlify

from protocols import cbor, senml
from protocols.errors import DecodeError, EncodeError
from tests.portable.check import load, raises

NOW = 1_400_000_000


def resolved(*records):
    return senml.resolve(list(records), NOW)


def test_rfc8428_section_6():
    vector = load("senml_rfc8428.json")["cbor"]
    records = senml.decode(unhexlify(vector["hex"]))
    assert records == vector["records"]
    assert all(record["bver"] == 5 for record in senml.resolve(records, NOW))
    del records[0]["bver"]
    bt, base = vector["records"][0]["bt"], vector["records"][0]["bn"]
    in_order = senml.resolve(records, NOW)
    assert in_order.pop(5) == {"n": base + "voltage", "u": "V", "t": bt, "v": 120.1}
    assert [record.pop("v") for record in in_order] == [1.2, 1.3, 1.4, 1.5, 1.6, 1.7]
    assert in_order == [{"n": base + "current", "u": "A", "t": bt - i} for i in (5, 4, 3, 2, 1, 0)]


def test_rfc8428_packs():
    for vector in load("senml_rfc8428.json")["packs"]:
        records = senml.decode(senml.encode(vector["records"]))
        assert records == vector["records"], vector["section"]
        assert senml.resolve(records, vector["now"]) == vector["resolved"], vector["section"]


def test_labels_are_the_registered_numbers():
    record = {"bver": 10, "bn": "a", "bt": 1, "bu": "W", "bv": 2, "bs": 3}
    record.update({"n": "b", "u": "V", "v": 4, "s": 5, "t": 6, "ut": 7, "x-own": True})
    numbers = {-1: 10, -2: "a", -3: 1, -4: "W", -5: 2, -6: 3, 0: "b", 1: "V", 2: 4, 5: 5, 6: 6, 7: 7}
    numbers["x-own"] = True
    assert cbor.loads(senml.encode([record])) == [numbers]
    assert cbor.loads(senml.encode([{"vs": "x"}, {"vb": True}, {"vd": b"\x00"}])) == [
        {3: "x"},
        {4: True},
        {8: b"\x00"},
    ]


def test_base_fields_hold_until_they_come_again():
    assert resolved(
        {"bn": "a:", "bt": NOW, "bu": "V", "bv": 100, "n": "x", "v": 1},
        {"n": "y", "t": 5, "u": "A"},
        {"bn": "b:", "bv": 0, "n": "z", "v": 2, "t": 6},
    ) == [
        {"n": "a:x", "t": NOW, "u": "V", "v": 101},
        {"n": "a:y", "t": NOW + 5, "u": "A", "v": 100},
        {"n": "b:z", "t": NOW + 6, "u": "V", "v": 2},
    ]


def test_a_base_value_does_not_join_values_of_other_kinds():
    assert resolved({"bn": "a", "bv": 100, "vs": "x"}, {"vb": True}, {"vd": b"y"}) == [
        {"n": "a", "t": NOW, "vs": "x"},
        {"n": "a", "t": NOW, "vb": True},
        {"n": "a", "t": NOW, "vd": b"y"},
    ]


def test_sums():
    assert resolved({"n": "a", "s": 5}) == [{"n": "a", "t": NOW, "s": 5}]
    assert resolved({"bn": "a", "bs": 10, "v": 1}, {"s": 5, "v": 1}) == [
        {"n": "a", "t": NOW, "v": 1, "s": 10},
        {"n": "a", "t": NOW, "v": 1, "s": 15},
    ]


def test_times_below_2_28_are_relative():
    for time, absolute in (
        (-10, NOW - 10),
        (0, NOW),
        (60, NOW + 60),
        ((1 << 28) - 1, NOW + (1 << 28) - 1),
        (1 << 28, 1 << 28),
        (NOW, NOW),
    ):
        assert resolved({"n": "a", "v": 0, "t": time})[0]["t"] == absolute
    assert resolved({"bt": 1 << 28, "n": "a", "v": 0, "t": -1})[0]["t"] == NOW + (1 << 28) - 1


def test_equal_times_keep_their_order():
    records = [{"n": "n%d" % i, "v": i, "t": NOW - i % 2} for i in range(10)]
    assert [record["v"] for record in resolved(*records)] == [1, 3, 5, 7, 9, 0, 2, 4, 6, 8]


def test_the_version_of_secondary_units():
    (record,) = senml.decode(senml.encode([{"bver": 26, "n": "a", "u": "kW", "v": 2, "ut": 5}]))
    assert resolved(record) == [{"bver": 26, "n": "a", "t": NOW, "u": "kW", "v": 2, "ut": 5}]
    assert "bver" not in resolved({"bver": 10, "n": "a", "v": 2})[0]


def test_exact_numbers():
    for mantissa, exponent, number in ((2213, -1, 221.3), (2200, -1, 220), (-5, 3, -5000), (7, 0, 7)):
        data = senml.encode([{"n": "a", "v": senml.decimal(mantissa, exponent)}])
        (record,) = senml.decode(data)
        assert record["v"] == number and type(record["v"]) is type(number)
    assert len(senml.encode([{"v": senml.decimal(2213, -1)}])) == 9
    (record,) = senml.decode(senml.encode([{"v": senml.decimal((1 << 64) - 1, 280), "n": "a"}]))
    resolved(record, {"n": "a", "bv": 1.5})


def test_what_other_producers_may_do():
    streamed = unhexlify("9fa2006161020aff")  # an indefinite array (section 6)
    assert senml.decode(streamed) == [{"n": "a", "v": 10}]
    indefinite_map = unhexlify("81bf006161020aff")
    assert senml.decode(indefinite_map) == [{"n": "a", "v": 10}]
    assert senml.decode(cbor.dumps([{0: "/3303/0/5700", 2: 1, "vlo": "3:0", 99: 1, -7: 1}])) == [
        {"n": "/3303/0/5700", "v": 1}
    ]
    (record,) = senml.decode(unhexlify("81a221682f31332f32362f3102182a"))  # as of LwM2M
    assert resolved(record) == [{"n": "/13/26/1", "t": NOW, "v": 42}]
    assert resolved({"bn": "/3303/0/", "n": "5700", "v": 1})[0]["n"] == "/3303/0/5700"
    assert senml.decode(cbor.dumps([])) == []


def test_what_is_refused():
    for pack in (
        {},
        7,
        [7],
        [[]],
        [{"n": "a", 2: 1}],
        [{"must_": 1, 2: 1}],
        [{"_": 1}],
        [{0: 5}],
        [{1: b"V"}],
        [{2: "1"}],
        [{2: True}],
        [{2: None}],
        [{2: float("nan")}],
        [{6: float("inf")}],
        [{2: 1 << 64}],
        [{3: 1}],
        [{4: 1}],
        [{8: "x"}],
        [{-1: -10}],
        [{-1: 10.0}],
        [{-1: 11}],
        [{-1: 1 << 40}],
        [{-1: 27}],
        [{-1: 10}, {-1: 26}],
        [{2: 1, 3: "x"}],
        [{2: cbor.Tag(4, [-1])}],
        [{2: cbor.Tag(4, [-1, 1.5])}],
        [{2: cbor.Tag(4, [281, 1])}],
        [{2: cbor.Tag(4, [-281, 1])}],
        [{2: cbor.Tag(4, [1, 1 << 64])}],
        [{2: cbor.Tag(5, [1, 1])}],
        [{2: cbor.Tag(1, 1)}],
    ):
        raises(DecodeError, senml.decode, cbor.dumps(pack))
    for data in (b"", b"\x81", b"\x81\xa1\x02", b"\x80\x00"):
        raises(DecodeError, senml.decode, data)


def test_what_does_not_resolve():
    for record in (
        {"v": 1},
        {"n": "", "v": 1},
        {"n": "-a", "v": 1},
        {"n": "a b", "v": 1},
        {"n": "ä", "v": 1},
        {"n": "a"},
        {"n": "a", "bt": 1.5e308, "t": 1.5e308, "v": 1},
    ):
        raises(DecodeError, senml.resolve, [record], NOW)


def test_what_is_not_encoded():
    for record in ({"v": "1"}, {"n": 1}, {"vb": 1}, {"vd": "x"}, {"v": float("nan")}, {"bver": 1.0}, {2: 1}):
        raises(EncodeError, senml.encode, [record])

"""Our CBOR against cbor2, both ways, and against bytes that mean no good."""

import math

import cbor2
from hypothesis import example, given
from hypothesis import strategies as st

from protocols.cbor import UNDEFINED, Simple, Tag, dumps, loads
from protocols.cbor_values import MAX_DEPTH
from protocols.errors import DecodeError

KEYS = st.integers(-(2**70), 2**70) | st.binary(max_size=8) | st.text(max_size=8)
LEAVES = KEYS | st.booleans() | st.none() | st.floats(allow_nan=False)
ITEMS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)


def depth(item):
    if isinstance(item, Tag):
        return 1 + depth(item.value)
    inner = item if isinstance(item, list) else item.values() if isinstance(item, dict) else None
    return 0 if inner is None else 1 + max(map(depth, inner), default=0)


SHALLOW_ITEMS = ITEMS.filter(lambda item: depth(item) <= MAX_DEPTH)


@given(SHALLOW_ITEMS)
def test_cbor2_reads_what_we_write(item):
    assert cbor2.loads(dumps(item)) == item


@given(SHALLOW_ITEMS)
def test_we_read_what_cbor2_writes(item):
    assert loads(cbor2.dumps(item)) == item
    assert loads(cbor2.dumps(item, canonical=True)) == item


@given(SHALLOW_ITEMS)
def test_our_encoding_does_not_depend_on_the_order_of_insertion(item):
    def reversed_maps(node):
        if isinstance(node, dict):
            return {key: reversed_maps(node[key]) for key in reversed(node)}
        return [reversed_maps(n) for n in node] if isinstance(node, list) else node

    assert dumps(reversed_maps(item)) == dumps(item)


def like_cbor2(item):
    """The same item in cbor2's objects."""
    if isinstance(item, Tag):
        return cbor2.CBORTag(item.number, like_cbor2(item.value))
    if isinstance(item, Simple):
        return cbor2.undefined if item == UNDEFINED else cbor2.CBORSimpleValue(item.value)
    if isinstance(item, dict):
        return {like_cbor2(key): like_cbor2(value) for key, value in item.items()}
    return list(map(like_cbor2, item)) if isinstance(item, list) else item


ALL_FLOATS = st.floats(width=16) | st.floats(width=32) | st.floats()
SIMPLE_VALUES = st.sampled_from([Simple(value) for value in (*range(20), 23, *range(32, 256))])
ALL_LEAVES = LEAVES | ALL_FLOATS | SIMPLE_VALUES
# Of keys of one type alone: cbor2 still orders by length first, as RFC 7049 did.
CANONICAL_ITEMS = st.recursive(
    ALL_LEAVES,
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.builds(Tag, st.integers(1000, 2**64 - 1), inner)
        | st.dictionaries(st.text(max_size=30), inner, max_size=5)
        | st.dictionaries(st.integers(0, 2**64 - 1), inner, max_size=5)
    ),
    max_leaves=10,
).filter(lambda item: depth(item) <= MAX_DEPTH)


@given(CANONICAL_ITEMS)
def test_our_encoding_is_cbor2s_canonical_one(item):
    ours = dumps(item)
    assert ours == cbor2.dumps(like_cbor2(item), canonical=True)
    assert dumps(loads(ours)) == ours
    assert dumps(loads(cbor2.dumps(like_cbor2(item)))) == ours


@given(ALL_FLOATS)
def test_floats_of_every_width(number):
    for data in (cbor2.dumps(number), cbor2.dumps(number, canonical=True), dumps(number)):
        ours = loads(data)
        assert (
            math.isnan(ours)
            if math.isnan(number)
            else (ours, math.copysign(1, ours))
            == (
                number,
                math.copysign(1, number),
            )
        )


@given(st.integers(6, 20), KEYS)
def test_tags(number, value):
    assert dumps(Tag(number, value)) == cbor2.dumps(cbor2.CBORTag(number, value))
    assert loads(cbor2.dumps(cbor2.CBORTag(number, value))) == Tag(number, value)


def refused_or_stable(data):
    """Whatever the bytes, `loads` returns an item that we encode and decode alike, or raises DecodeError."""
    try:
        item = loads(data)
    except DecodeError:
        return
    again = dumps(item)
    assert dumps(loads(again)) == again


@given(st.binary(max_size=64))
@example(b"\xa1\xf9\x7e\x00\x00")  # a map with NaN as key
@example(b"\x9b" + b"\xff" * 8)
@example(b"\xc2\x40")  # a bignum of no bytes
def test_random_bytes_decode_or_raise_decode_error(data):
    refused_or_stable(data)


@given(SHALLOW_ITEMS, st.data())
def test_mutated_encodings_decode_or_raise_decode_error(item, data):
    encoding = bytearray(dumps(item))
    for _ in range(data.draw(st.integers(1, 3))):
        encoding[data.draw(st.integers(0, len(encoding) - 1))] = data.draw(st.integers(0, 255))
    refused_or_stable(bytes(encoding))


@given(st.binary(max_size=40))
def test_what_we_accept_cbor2_accepts_alike(data):
    try:
        ours = loads(data)
    except DecodeError:
        return
    if not isinstance(ours, Tag):  # cbor2 turns known tags into objects of their meaning
        theirs = cbor2.loads(data)
        assert theirs == like_cbor2(ours) or "Tag" in repr(ours) or "nan" in repr(ours)

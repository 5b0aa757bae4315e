"""Whatever a server sends as settings is taken or refused in words: a node's program never ends over it."""

from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from firmware.configuration import Configuration
from firmware.configuration_check import LEAST_S, RULE, check
from protocols import cbor
from tests.portable.test_configuration_check import OUTPUTS, PARTS, POINTS, RULES, WHOLE

BOARD = SimpleNamespace(
    SAMPLE_S=60,
    REPORT_S=60,
    SEND_S=0,
    HEALTH_S=3600,
    POINTS=POINTS,
    RULES=RULES,
    OUTPUTS=OUTPUTS,
    SETTINGS=PARTS,
)
PROVISIONED = SimpleNamespace(host="collector", port=5683, report_s=None)
KEYS = [*LEAST_S, *RULE, "rules", "place", "plans", "safe", "server", "voltage", "energy", "lamp"]
KEYS += ["parts", "gauge", "datum_mm", "rating", "other"]

keys = st.sampled_from(KEYS) | st.integers() | st.text(max_size=5) | st.binary(max_size=2) | st.none()
numbers = st.integers(-10, 3000) | st.integers(-(1 << 64), 1 << 64) | st.floats(allow_nan=False)
leaves = numbers | st.none() | st.booleans() | st.text(max_size=5) | st.binary(max_size=5)
items = st.recursive(leaves, lambda i: st.lists(i, max_size=6) | st.dictionaries(keys, i, max_size=6))


class Memory:
    """As NvsBlob."""

    data = b""

    def load(self):
        return self.data

    def store(self, data):
        self.data = data


def taken_by_a_node(settings):
    """Whether the node has them in use, and so has it after a reset."""
    blobs, told = [Memory(), Memory()], []

    def boot():
        return Configuration(BOARD, PROVISIONED, blobs, lambda *what: told.append(what), lambda line: None)

    node = boot()
    node.take(1, settings)
    node.poll(0)
    assert boot().version == node.version
    assert (node.version == 1) == (told == [])
    return node.version == 1


def right(settings):
    try:
        check(settings, POINTS, RULES, OUTPUTS, PARTS)
    except ValueError as error:
        assert str(error)
        return False
    return True


@given(st.dictionaries(keys, items, max_size=5))
def test_any_map(settings):
    settings = cbor.loads(cbor.dumps(settings))
    assert taken_by_a_node(settings) == right(settings)


@given(st.sampled_from(sorted(WHOLE)), items)
def test_one_wrong_entry_among_right_ones(key, item):
    settings = cbor.loads(cbor.dumps({**WHOLE, key: item}))
    assert taken_by_a_node(settings) == right(settings)


@given(st.dictionaries(st.sampled_from(RULE), st.none() | st.integers(-10, 3010)))
def test_an_alarm_that_is_taken_can_begin_and_end(change):
    if not right({"rules": {"voltage": change}}):
        return
    before = dict(zip(RULE, RULES[0][1:], strict=True))
    step, min_s, above, below, hysteresis = ({**before, **change}[key] for key in RULE)
    assert (step is None or step >= 1) and min_s >= 0
    values = range(3001)
    assert any(
        (above is None or v <= above - hysteresis) and (below is None or v >= below + hysteresis)
        for v in values
    )

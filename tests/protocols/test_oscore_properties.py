"""What must hold for OSCORE whatever the network, the power and an attacker do."""

from contextlib import suppress
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.coap.message import Message, decode
from protocols.coap.numbers import CON, OSCORE, POST
from protocols.errors import DecodeError
from protocols.oscore.aes_ccm import AesCcm
from protocols.oscore.errors import CoseError, OscoreError
from protocols.oscore.option import decode as decode_option
from protocols.oscore.option import encode as encode_option
from protocols.oscore.sequence import STEP
from tests.portable.oscore_bench import KID, Collector, Node, established, exchange


class Nonces:
    """Stands in for `AesCcm.encrypt`, and fails when a key meets a nonce for the second time."""

    def __init__(self):
        self.used = set()
        self.encrypt = AesCcm.encrypt

    def __call__(self, ccm, nonce, plaintext, aad):
        assert (ccm._key, nonce) not in self.used
        self.used.add((ccm._key, nonce))
        return self.encrypt(ccm, nonce, plaintext, aad)

    def watched(self):
        return patch.object(AesCcm, "encrypt", lambda *arguments: self(*arguments))


class World:
    """A node, a collector, and all that happens to them and to the datagrams between."""

    def __init__(self):
        self.node, self.collector = Node(), Collector()
        self.answers = []
        self.images = []
        self.reports = 0

    def report(self, request_arrives, answer_arrives):
        self.reports += 1
        request = self.node.protect(b"report %d" % self.reports).encode()
        answer = self.deliver(request) if request_arrives else None
        if answer and answer_arrives:
            self.return_to_node(answer)

    def deliver(self, datagram):
        """To the collector; what it refuses with is an answer too."""
        message = decode(datagram)
        try:
            answer = self.collector.answer(datagram)
        except OscoreError as error:
            refusal = self.collector.server.refusal(error)
            if refusal is None:
                return None
            code, payload, options = refusal
            answer = Message(2, code, message.message_id, message.token, options, payload).encode()
        assert b"got" not in answer
        self.answers.append(answer)
        return answer

    def return_to_node(self, datagram):
        with suppress(OscoreError):
            self.node.client.unprotect_response(decode(datagram))

    def replay(self, which):
        if self.node.sent:
            self.deliver(self.node.sent[which % len(self.node.sent)])

    def replay_answer(self, which):
        if self.answers and self.node.sent:
            self.return_to_node(self.answers[which % len(self.answers)])

    def forge(self, which, bit):
        if self.node.sent:
            datagram = bytearray(self.node.sent[which % len(self.node.sent)])
            datagram[bit // 8 % len(datagram)] ^= 1 << bit % 8
            try:
                decode(bytes(datagram))
            except DecodeError:
                return
            if datagram[0] & 0x0F == 2 and datagram[1] == POST:
                self.deliver(bytes(datagram))

    def save_image(self):
        self.images.append(self.node.flash.content)

    def restore_image(self, which):
        if self.images:
            self.node.flash.content = self.images[which % len(self.images)]
            self.node.wake()

    def lose_states(self):
        self.collector.contexts.states = {}
        self.collector.start()

    def stop_and_start(self):
        self.collector.server.close()
        self.collector.start()


INDEX = st.integers(0, 200)
ACTIONS = st.one_of(
    st.tuples(st.just("report"), st.booleans(), st.booleans()),
    st.just(("report", True, True)),
    st.tuples(st.just("replay"), INDEX),
    st.tuples(st.just("replay_answer"), INDEX),
    st.tuples(st.just("forge"), INDEX, st.integers(0, 800)),
    st.tuples(st.just("restore_image"), INDEX),
    st.sampled_from(["save_image", "lose_states", "stop_and_start"]).map(lambda name: (name,)),
    st.sampled_from(["node.wake", "node.power_on", "node.client.renew", "collector.start"]).map(
        lambda n: (n,)
    ),
    st.just(("collector.server.renew", KID)),
)


def perform(world, action):
    target = world
    for name in action[0].split("."):
        target = getattr(target, name)
    target(*action[1:])


@settings(max_examples=300)
@given(st.lists(ACTIONS, max_size=40))
def test_no_nonce_twice_no_report_twice_and_it_always_recovers(actions):
    nonces = Nonces()
    with nonces.watched():
        world = World()
        for action in actions:
            perform(world, action)
        for _ in range(5):
            world.report(True, True)
        response, requests = exchange(world.node, world.collector, b"last")
    assert (response.payload, requests) == (b"got last", 1)
    handled = world.collector.handled
    assert len(set(handled)) == len(handled)
    assert handled[-1] == b"last"


@settings(max_examples=50)
@given(st.lists(st.integers(1, 2 * STEP), max_size=5))
def test_no_nonce_twice_over_deep_sleeps_of_any_length(wakes):
    with Nonces().watched():
        node, collector = established()
        for reports in wakes:
            for _ in range(reports):
                exchange(node, collector)
            node.wake()
        assert exchange(node, collector)[1] == 1
        assert node.flash.written == (sum(wakes) + 2 + STEP - 1) // STEP


@given(st.binary(max_size=40), st.binary(min_size=1, max_size=60))
def test_nothing_but_a_protected_request_gets_in(value, payload):
    _, collector = established()
    request = Message(CON, POST, 1, b"t", [(OSCORE, value)], payload)
    with suppress(OscoreError):
        collector.answer(request.encode())
    assert collector.handled == [b"report"]


@given(st.binary(max_size=40))
def test_an_option_value_decodes_in_one_way_or_raises_cose_error(value):
    try:
        fields = decode_option(value)
    except CoseError:
        return
    assert encode_option(*fields) == value


@given(st.integers(0, 255), st.binary(max_size=40), st.binary(max_size=60))
def test_no_random_response_gets_in(code, value, payload):
    node, _ = established()
    node.protect()
    options = [(OSCORE, value)] if value else []
    try:
        response = node.client.unprotect_response(Message(2, code, 1, b"tk", options, payload))
    except OscoreError:
        return
    raise AssertionError(f"took {response}")

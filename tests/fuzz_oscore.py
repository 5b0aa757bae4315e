"""What `make fuzz` feeds to OSCORE: a node and a collector that share a context, anew for each message."""

import copy

from protocols.coap import message as coap
from protocols.oscore.server import Server
from tests.portable.cipher import aes
from tests.portable.oscore_bench import established

_node, _collector = established()
_parted = _node.flash.content, _node.witness.content
_states = dict(_collector.contexts.states)

REQUESTS = [_node.protect(b"\xa0").encode() for _ in range(3)]
ANSWERS = [_collector.answer(REQUESTS[0])]


def open_request(data: bytes) -> object:
    """What a collector that was restarted hands over or answers."""
    contexts = copy.copy(_collector.contexts)
    contexts.states = dict(_states)
    request = Server(aes, contexts, _collector.random_bytes).unprotect_request(coap.decode(data))
    return request.message or request.answer


def open_response(data: bytes) -> object:
    """What the node that sent the first of REQUESTS reads in an answer."""
    _node.flash.content, _node.witness.content = _parted
    _node.message_id = 0
    _node.sent.clear()
    _node.wake()
    _node.protect(b"\xa0")
    return _node.client.unprotect_response(coap.decode(data))

"""The link to the server without protection: for benches, where somebody wants to read the messages."""

from protocols.coap.client import post
from protocols.coap.numbers import APPLICATION_CBOR


class PlainLink:
    understood = ()

    def __init__(self, settings):
        self._path = "/up/" + settings.node

    def request(self, payload, message_id, token):
        return post(self._path, payload, APPLICATION_CBOR, message_id, token)

    def response(self, message):
        return message

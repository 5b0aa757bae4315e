"""The link to the server under OSCORE (RFC 8613): what the uplink sends, and what it gets back."""

from os import urandom

from cryptolib import aes

from firmware.kept import OSCORE_SLOT, NvsBlob, RtcSlot
from protocols.coap.client import post
from protocols.coap.numbers import APPLICATION_CBOR, OSCORE
from protocols.message_numbers import COLLECTOR_ID
from protocols.oscore.client import Client
from protocols.oscore.client_state import ClientState
from protocols.oscore.context import Credentials

PATH = "/up"  # the kid says whose
NVS_BYTES = 48


class SecureLink:
    understood = (OSCORE,)  # critical options in a response

    def __init__(self, settings):
        credentials = Credentials(settings.secret, settings.salt, settings.kid, COLLECTOR_ID)
        state = ClientState(NvsBlob("oscore", NVS_BYTES), RtcSlot(*OSCORE_SLOT))
        self._client = Client(aes, credentials, urandom, state)

    def request(self, payload, message_id, token):
        """The message that carries the payload; or, without keys to trust, one that agrees on new ones."""
        return self._client.protect_request(post(PATH, payload, APPLICATION_CBOR, message_id, token))

    def response(self, message):
        """The server's answer; None: it wants the request once more.  OscoreError: it is not an answer."""
        return self._client.unprotect_response(message)

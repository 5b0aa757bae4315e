"""Lets only OSCORE through to a handler of `coap.server`, and only OSCORE out.

    gate = Gate(oscore_server, handler, refused)
    server = coap.Server(Blockwise(gate.handle).handle, refused, first_message_id,
                         understood=(OSCORE, BLOCK1, BLOCK2))

Without the Blockwise between them there is no outer block-wise transfer.  The handler's `source` is the
client's kid, which is proven, and not the address, which anybody can write on a datagram.
"""

from protocols.coap.message import bad_option
from protocols.coap.numbers import BAD_OPTION
from protocols.coap.server import UNDERSTOOD, Later
from protocols.oscore.errors import OscoreError


class Gate:
    """`handle` is the handler for the outside, `handler` the one inside, with the same arguments.

    `refused(source, reason)` is told of each message that did not reach the inside.  `understood` are
    critical options that the handler takes care of, besides those of coap.server.
    """

    def __init__(self, server, handler, refused, understood=()):
        self._server = server
        self._handler = handler
        self._refused = refused
        self._understood = UNDERSTOOD + understood

    def handle(self, request, source, now_ms):
        try:
            opened = self._server.unprotect_request(request)
        except OscoreError as error:
            self._refused(source, str(error))
            # A plain request is answered with nothing: a Later that nobody responds to.  A Confirmable
            # one gets its empty acknowledgement, which says nothing, and is not sent again.
            return self._server.refusal(error) or Later()
        if opened.answer:
            return opened.answer
        bad = bad_option(opened.message.options, self._understood)
        if bad is not None:
            return self._server.protect_response(opened, (BAD_OPTION, b"option %d" % bad, ()))
        response = self._handler(opened.message, opened.kid, now_ms)

        def layer(response, now_ms):
            return self._server.protect_response(opened, response)

        if isinstance(response, Later):
            response.layers.append(layer)
            return response
        return layer(response, now_ms)

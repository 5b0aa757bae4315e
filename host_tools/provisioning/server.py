"""Whether a collector answers at an address: a CoAP ping (RFC 7252 section 4.3)."""

import random
import socket

from host_tools.provisioning.identity import ProvisionError
from protocols.coap import message as coap
from protocols.coap.numbers import CON, RST

TRIES = 3
WAIT_S = 1.0


def check_server(host: str, port: int) -> None:
    """Raises ProvisionError if nothing that speaks CoAP answers."""
    hint = (
        "Is `citynode collect` running there, and the address right? "
        "If only this machine cannot reach it, pass --no-check-server."
    )
    message_id = random.randrange(0x10000)
    ping, pong = coap.empty(CON, message_id), coap.empty(RST, message_id)
    try:
        address = socket.getaddrinfo(host, port, socket.AF_INET, socket.SOCK_DGRAM)[0][4]
    except OSError as error:
        raise ProvisionError(f"server {host}: the name is not known ({error.strerror})", hint) from error
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(WAIT_S)
        client.connect(address)
        for _ in range(TRIES):
            try:
                client.send(ping)
                if client.recv(64) == pong:
                    return
            except OSError:
                continue  # silence, or the host says that nobody listens
    raise ProvisionError(f"server {host}:{port} does not answer", hint)

"""SIMCom SIM7020: UDP sockets (SIM7020 AT Command Manual V1.05, TCPIP note V1.02).

A refused command is a plain ERROR, and `+CSOERR` tells more.  TCP, DNS and polled receive are not modelled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from host_tools.simulator.modems.dialect import Handler, Prompt
from host_tools.simulator.modems.sockets import Socket
from host_tools.simulator.modems.v250 import RefusedError, Request

if TYPE_CHECKING:
    from host_tools.simulator.modems.module import Module

SOCKETS = 5
MAX_DATAGRAM = 512  # bytes; documented for the hex form
COMMON, UNREACHABLE, ILLEGAL, ALREADY_CONNECTED, BEARER_LOST = -1, 1, 5, 10, 11  # <err> of +CSOERR
INITIAL, CONNECTED = 1, 2  # <status> of +CSOSTATUS; assumed
IPV4, UDP, IP = "1", "2", "1"


def refusal(modem: Module, number: int, error: int) -> RefusedError:
    modem.later(0, lambda: modem.urc(f"+CSOERR: {number},{error}"))
    return RefusedError()


def lost(_modem: Module, socket: Socket) -> str:
    return f"+CSOERR: {socket.number},{BEARER_LOST}"


def find(modem: Module, request: Request) -> Socket:
    number = request.number(0)
    if number not in modem.sockets.open:
        raise refusal(modem, number, COMMON)
    return modem.sockets.open[number]


def create(modem: Module, request: Request) -> list[str]:
    """AT+CSOC=1,2,1: IPv4, UDP, IP."""
    number = modem.sockets.free_number()
    if request.arguments != [IPV4, UDP, IP] or number is None:
        raise RefusedError
    modem.sockets.add(Socket(number, 0, ready=False))
    return [modem.info(request.name, number)]


def connect(modem: Module, request: Request) -> list[str]:
    """AT+CSOCON=<id>,<port>,"<address>"."""
    socket, port = find(modem, request), request.number(1)
    if len(request.arguments) != 3 or not 0 < port < 65536:
        raise refusal(modem, socket.number, ILLEGAL)
    if socket.ready:
        raise refusal(modem, socket.number, ALREADY_CONNECTED)
    if not modem.cell.registered:
        raise refusal(modem, socket.number, UNREACHABLE)
    socket.host, socket.port, socket.ready = request.arguments[2], port, True
    return []


def send(modem: Module, request: Request) -> list[str]:
    """AT+CSOSEND=<id>,<hex characters>,"<hex>", or 0 and text."""
    text = request.arguments[2] if len(request.arguments) > 2 else ""
    length = request.number(1)
    try:
        data = bytes.fromhex(text) if length else text.encode("latin-1")
    except ValueError:
        raise refusal(modem, find(modem, request).number, ILLEGAL) from None
    if length not in (0, len(text)):
        raise refusal(modem, find(modem, request).number, ILLEGAL)
    return hand_over(modem, request, data)


def ask_data(modem: Module, request: Request) -> Prompt:
    """AT+CSODSEND=<id>,<length>, and the data behind the prompt."""
    socket, length = find(modem, request), request.number(1)
    if not 0 < length <= MAX_DATAGRAM:
        raise refusal(modem, socket.number, ILLEGAL)
    return Prompt(length, lambda data: hand_over(modem, request, data), f"DATA ACCEPT: {length}")


def hand_over(modem: Module, request: Request, data: bytes) -> list[str]:
    socket = find(modem, request)
    if not socket.ready or not 0 < len(data) <= MAX_DATAGRAM:
        raise refusal(modem, socket.number, ILLEGAL)
    rai = modem.settings["+CNBIOTRAI"]
    modem.settings["+CNBIOTRAI"] = 0  # for the next datagram only
    if not modem.sockets.send(socket, data, rai):
        raise refusal(modem, socket.number, UNREACHABLE)
    return []


def deliver(modem: Module, socket: Socket, data: bytes) -> None:
    """As hex, and the number is that of its characters; as it is after AT+CSORCVFLAG=1."""
    if socket.ready:
        text = data.decode("latin-1") if modem.settings["+CSORCVFLAG"] else data.hex().upper()
        modem.urc(f"+CSONMI: {socket.number},{len(text)},{text}")


def close(modem: Module, request: Request) -> list[str]:
    """AT+CSOCL=<id>, also for one that is dead already."""
    if request.number(0) >= SOCKETS:
        raise RefusedError
    modem.sockets.close(request.number(0))
    return []


def state(modem: Module, request: Request) -> list[str]:
    socket = modem.sockets.open.get(request.number(0))
    status = 0 if socket is None else CONNECTED if socket.ready else INITIAL
    return [modem.info(request.name, f"{request.number(0)},{status}")]


TABLE: dict[str, Handler] = {
    "+CSOC=": create,
    "+CSOCON=": connect,
    "+CSOSEND=": send,
    "+CSODSEND=": ask_data,
    "+CSOCL=": close,
    "+CSOSTATUS=": state,
}

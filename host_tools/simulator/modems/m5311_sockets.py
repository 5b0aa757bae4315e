"""China Mobile M5311: UDP sockets (M5311 AT Command Interface Specification V2.4).

TCP, DNS and AT+IPSACK are not modelled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from host_tools.simulator.modems.dialect import Handler
from host_tools.simulator.modems.sockets import Socket
from host_tools.simulator.modems.standard import BAD_PARAMETERS, NOT_ALLOWED, NOT_SUPPORTED
from host_tools.simulator.modems.v250 import RefusedError, Request

if TYPE_CHECKING:
    from host_tools.simulator.modems.module import Module

SOCKETS = 6
MAX_DATAGRAM = 512  # bytes; assumed, as modules with the same chip
BUFFERED = 8  # datagrams a socket keeps for AT+IPRD; assumed
BARE, WITH_PEER = 0, 2  # <mode> of AT+IPRCFG


def lost(_modem: Module, socket: Socket) -> str:
    return f"+IPCLOSE: {socket.number}"


def find(modem: Module, request: Request) -> Socket:
    number = request.number(0)
    if number not in modem.sockets.open:
        raise RefusedError(NOT_ALLOWED)
    return modem.sockets.open[number]


def start(modem: Module, request: Request) -> list[str]:
    """AT+IPSTART=<id>,"UDP","<address>",<port>."""
    number, port = request.number(0), request.number(3)
    if number >= SOCKETS or not 0 < port < 65536 or not request.arguments[2]:
        raise RefusedError(BAD_PARAMETERS)
    if request.arguments[1] != "UDP":
        raise RefusedError(NOT_SUPPORTED)
    if number in modem.sockets.open or not modem.cell.registered:
        raise RefusedError(NOT_ALLOWED)
    modem.sockets.add(Socket(number, 0, request.arguments[2], port))
    return []


def send(modem: Module, request: Request) -> list[str]:
    """AT+IPSEND=<id>,<bytes>,"<hex>", or 0 or nothing and text."""
    socket, length = find(modem, request), request.number(1, default=0)
    text = request.arguments[2] if len(request.arguments) > 2 else ""
    try:
        data = bytes.fromhex(text) if length else text.encode("latin-1")
    except ValueError:
        raise RefusedError(BAD_PARAMETERS) from None
    if length not in (0, len(data)) or not 0 < len(data) <= MAX_DATAGRAM:
        raise RefusedError(BAD_PARAMETERS)
    rai = modem.settings["*NBIOTRAI"]
    modem.settings["*NBIOTRAI"] = 0  # for the next datagram only
    if not modem.sockets.send(socket, data, rai):
        raise RefusedError(NOT_ALLOWED)
    return [modem.info(request.name, f"{socket.number},{len(data)}")]


def configure(modem: Module, request: Request) -> list[str]:
    """AT+IPRCFG=<push>,<mode>,<hex>."""
    values = [request.number(i) for i in range(3)]
    if values[0] > 1 or values[1] not in (BARE, WITH_PEER) or values[2] > 1:
        raise RefusedError(BAD_PARAMETERS)
    modem.sockets.config["+IPRCFG"] = values
    return []


def read_configuration(modem: Module, request: Request) -> list[str]:
    return [modem.info(request.name, ",".join(map(str, modem.sockets.config[request.name])))]


def shown(modem: Module, socket: Socket, data: bytes) -> str:
    _, mode, as_hex = modem.sockets.config["+IPRCFG"]
    peer = f'"{socket.host}",{socket.port},' if mode == WITH_PEER else ""
    text = data.hex().upper() if as_hex else data.decode("latin-1")
    return f"+IPRD: {socket.number},{peer}{len(data)},{text}"


def deliver(modem: Module, socket: Socket, data: bytes) -> None:
    if modem.sockets.config["+IPRCFG"][0]:
        modem.urc(shown(modem, socket, data))
    elif len(socket.received) < BUFFERED:
        socket.received.append(data)
        modem.urc(f"+IPNMI: {socket.number},{len(data)}")


def read(modem: Module, request: Request) -> list[str]:
    """AT+IPRD=<id>,<bytes>: the first datagram, or as much of it; only OK when there is none."""
    socket, length = find(modem, request), request.number(1)
    if not socket.received:
        return []
    datagram = socket.received.popleft()
    if datagram[length:]:
        socket.received.appendleft(datagram[length:])
    return [shown(modem, socket, datagram[:length])]


def close(modem: Module, request: Request) -> list[str]:
    modem.sockets.close(find(modem, request).number)
    return []


def state(modem: Module, request: Request) -> list[str]:
    return [
        modem.info(request.name, f'{number},"UDP","{socket.host}",{socket.port},"CONNECTED"')
        for number, socket in sorted(modem.sockets.open.items())
    ]


TABLE: dict[str, Handler] = {
    "+IPSTART=": start,
    "+IPSEND=": send,
    "+IPRCFG=": configure,
    "+IPRCFG?": read_configuration,
    "+IPRD=": read,
    "+IPCLOSE=": close,
    "+IPSTATUS": state,
}

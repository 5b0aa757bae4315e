"""Quectel BC95-G and BC28: UDP sockets (BC35-G&BC28&BC95 R2.0 AT Commands Manual V1.0).

Data is always hex.  The answer to a send is no sign of life: only `+NSOSTR`, asked for by a sequence
number, says whether the radio has sent it.  TCP and DNS are not modelled.
"""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from host_tools.simulator.modems import bc95_commands
from host_tools.simulator.modems.dialect import Handler
from host_tools.simulator.modems.sockets import Socket
from host_tools.simulator.modems.standard import BAD_PARAMETERS, NOT_ALLOWED, NOT_SUPPORTED
from host_tools.simulator.modems.v250 import RefusedError, Request
from host_tools.simulator.radio.traffic import RAI_NOTHING_FOLLOWS, RAI_ONE_DOWNLINK

if TYPE_CHECKING:
    from host_tools.simulator.modems.module import Module

SOCKETS = 7  # 0 belongs to CoAP while the platform service is on
PLATFORM_SOCKET, PLATFORM_OFF = 0, "2"  # AT+QREGSWT
RESERVED_PORTS = (5683, 5684, 56830, 56831, 56833)
UPLINK_BUSY = 159  # +CME ERROR
UDP = "17"
RAI_FLAGS = {0x000: 0, 0x100: 0, 0x200: RAI_NOTHING_FOLLOWS, 0x400: RAI_ONE_DOWNLINK}
BUFFERED = 8  # datagrams a socket keeps; assumed
SENT_MS = (100, 600)  # from the radio connection to +NSOSTR; assumed
GIVE_UP_MS = 60_000  # a datagram without radio connection is dropped; RT-Thread waits so long for +NSOSTR
NO_URC, COUNT, WHOLE, SHORT = range(4)  # AT+NSONMI


def reserve(modem: Module) -> None:
    """The platform's client takes the first socket at boot, unless AT+QREGSWT=2 said otherwise before."""
    if modem.nvram["+QREGSWT"] != PLATFORM_OFF:
        modem.sockets.add(Socket(PLATFORM_SOCKET, RESERVED_PORTS[0], ready=False))


def lost(_modem: Module, socket: Socket) -> str:
    return f"+NSOCLI: {socket.number}"


def ours(modem: Module, number: int) -> Socket:
    socket = modem.sockets.open.get(number)
    if not socket or not socket.ready:
        raise RefusedError(BAD_PARAMETERS)
    return socket


def create(modem: Module, request: Request) -> list[str]:
    """AT+NSOCR=DGRAM,17,<local port>[,<receive>]: the socket's number."""
    if request.arguments[:2] != ["DGRAM", UDP]:
        raise RefusedError(NOT_SUPPORTED)
    port, receives = request.number(2), request.number(3, default=1) == 1
    taken = {socket.local_port for socket in modem.sockets.open.values()}
    number = modem.sockets.free_number()
    if port in taken or port in RESERVED_PORTS or port > 65535 or number is None:
        raise RefusedError(NOT_ALLOWED)
    modem.sockets.add(Socket(number, port, push=receives))
    return [] if modem.rng.random() < modem.options.lost_socket_ids else [str(number)]


def send(modem: Module, request: Request) -> list[str]:
    """AT+NSOST=<socket>,<address>,<port>,<length>,<hex>[,<sequence>]."""
    return hand_over(modem, request, 0, request.arguments[3:])


def send_with_flags(modem: Module, request: Request) -> list[str]:
    """AT+NSOSTF=<socket>,<address>,<port>,<flags>,<length>,<hex>[,<sequence>]."""
    flags = request.arguments[3] if len(request.arguments) > 3 else ""
    try:
        rai = RAI_FLAGS[int(flags, 16)]
    except (KeyError, ValueError):
        raise RefusedError(BAD_PARAMETERS) from None
    obeyed = bc95_commands.switched_on(modem, "RAI")
    return hand_over(modem, request, rai if obeyed else 0, request.arguments[4:])


def hand_over(modem: Module, request: Request, rai: int, rest: list[str]) -> list[str]:
    """`rest`: length, hex and perhaps sequence number."""
    socket = ours(modem, request.number(0))
    pending = modem.ram.setdefault("pending", {})
    try:
        host, port = str(IPv4Address(request.arguments[1])), request.number(2)
        length, data, sequence = int(rest[0]), bytes.fromhex(rest[1]), int(rest[2]) if len(rest) > 2 else 0
    except (IndexError, ValueError):
        raise RefusedError(BAD_PARAMETERS) from None
    if not 0 < length <= modem.options.max_datagram or length != len(data) or not 0 < port < 65536:
        raise RefusedError(BAD_PARAMETERS)
    if not 0 <= sequence <= 255 or (sequence and sequence in pending):
        raise RefusedError(BAD_PARAMETERS)
    if len(pending) >= modem.options.uplink_queue:
        raise RefusedError(UPLINK_BUSY)
    socket.host, socket.port = host, port
    if sequence:
        pending[sequence] = socket.number
    modem.later(0, lambda: transmit(modem, socket, data, rai, sequence))
    return [f"{socket.number},{length}"]


def transmit(modem: Module, socket: Socket, data: bytes, rai: int, sequence: int) -> None:
    taken = modem.sockets.send(socket, data, rai)
    if not sequence:
        return
    if not taken:
        report(modem, sequence, sent=False)
    elif modem.cell.connected:
        modem.later(modem.rng.randint(*SENT_MS), lambda: report(modem, sequence, sent=True))
    else:
        modem.later(GIVE_UP_MS, lambda: report(modem, sequence, sent=False))


def on_rrc(modem: Module) -> None:
    """The connection that pending datagrams waited for stands."""
    if modem.cell.connected:
        for sequence in modem.ram.get("pending", {}):
            modem.later(
                modem.rng.randint(*SENT_MS), lambda sequence=sequence: report(modem, sequence, sent=True)
            )


def report(modem: Module, sequence: int, sent: bool) -> None:
    """Once for every sequence number."""
    number = modem.ram["pending"].pop(sequence, None)
    if number is not None:
        modem.urc(f"+NSOSTR:{number},{sequence},{int(sent)}")


def deliver(modem: Module, socket: Socket, data: bytes) -> None:
    mode = modem.settings["+NSONMI"]
    if not socket.push or not socket.ready:
        return
    text = data.hex().upper()
    if mode == WHOLE:
        modem.urc(f"+NSONMI:{socket.number},{socket.host},{socket.port},{len(data)},{text}")
    elif mode == SHORT:
        modem.urc(f"+NSONMI:{socket.number},{len(data)},{text}")
    elif len(socket.received) < BUFFERED:
        socket.received.append(data)
        if mode == COUNT and len(socket.received) == 1:
            modem.urc(f"+NSONMI:{socket.number},{len(data)}")


def read(modem: Module, request: Request) -> list[str]:
    """AT+NSORF=<socket>,<length>: the first datagram, or as much of it; only OK when there is none."""
    socket = ours(modem, request.number(0))
    length = request.number(1)
    if not socket.received:
        return []
    datagram = socket.received.popleft()
    head, rest = datagram[:length], datagram[length:]
    if rest:
        socket.received.appendleft(rest)
    line = f"{socket.number},{socket.host},{socket.port},{len(head)},{head.hex().upper()},{len(rest)}"
    return ["", line] if modem.options.stray_cr else [line]


def close(modem: Module, request: Request) -> list[str]:
    ours(modem, request.number(0))
    modem.sockets.close(request.number(0))
    return []


def state(modem: Module, request: Request) -> list[str]:
    """AT+NSOSTATUS=<socket>: 0 usable, 1 not created, 2 flow control."""
    number = request.number(0)
    if number >= SOCKETS:
        raise RefusedError(BAD_PARAMETERS)
    full = len(modem.ram.get("pending", {})) >= modem.options.uplink_queue
    return [f"+NSOSTATUS:{number},{1 if number not in modem.sockets.open else 2 if full else 0}"]


TABLE: dict[str, Handler] = {
    "+NSOCR=": create,
    "+NSOST=": send,
    "+NSOSTF=": send_with_flags,
    "+NSORF=": read,
    "+NSOCL=": close,
    "+NSOSTATUS=": state,
}

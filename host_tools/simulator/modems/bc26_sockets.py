"""Quectel BC26: UDP sockets (BC26 TCP/IP AT Commands Manual V1.0).

A socket error is a plain ERROR, and AT+QIGETERROR tells more.  TCP, DNS and the prompt form of AT+QISEND
are not modelled; a host name goes to the `Internet` as it is.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from host_tools.simulator.modems.v250 import RefusedError, Request

if TYPE_CHECKING:
    from host_tools.simulator.modems.bc26 import Bc26

SOCKETS = 5
MAX_TEXT, MAX_HEX, MAX_READ = 1024, 512, 512  # bytes in AT+QISEND, AT+QISENDEX, AT+QIRD
BUFFERED = 8  # datagrams a socket in buffer mode keeps; assumed
OPEN_MS = (100, 1000)  # assumed; the manual allows 60 s
SEND_OK_MS = (50, 1000)  # after OK; assumed, the manual allows longer
CLOSE_MS = 50  # assumed
DYNAMIC_PORTS = (49152, 65535)  # RFC 6335 6
FAILED, CONNECTED = 0, 2  # <socket_state>; a failed one stays in its initial state

INLINE_DATA = {"+QISEND": 2}  # argument 2 is data, whatever characters it has
UNSUPPORTED, INVALID, IN_USE, OPEN_FAILED, BUSY, CLOSED = 555, 552, 563, 561, 568, 567
ERROR_TEXTS = {
    0: "operate success",
    INVALID: "invalid parameters",
    UNSUPPORTED: "unsupported operation",
    OPEN_FAILED: "open PDP context failed",
    IN_USE: "socket identity has been used",
    CLOSED: "socket has been closed",
    BUSY: "operation busy",
}


@dataclass
class Socket:
    number: int
    host: str
    port: int
    local_port: int
    push: bool
    state: int = FAILED
    sending: bool = False
    announced: bool = False  # buffer mode: no further URC until AT+QIRD has emptied the buffer
    received: deque[bytes] = field(default_factory=deque)


class SocketTable:
    """The sockets of one module, and what AT+QICFG says about them."""

    def __init__(self, modem: Bc26):
        self.modem = modem
        self.last_error = 0
        self.open: dict[int, Socket] = {}
        self.config: dict[str, list[int]] = {}
        self.forget_all()

    def forget_all(self) -> None:
        """The module loses power or reboots."""
        self.open.clear()
        self.last_error = 0
        self.config = {"dataformat": [0, 0], "viewmode": [0]}

    def close_all(self) -> None:
        """The network context goes; each socket is told."""
        for number in list(self.open):
            self.close(number)
            self.modem.urc(f'+QIURC: "closed",{number}')

    def close(self, number: int) -> None:
        socket = self.open.pop(number, None)
        if socket:
            self.modem.cell.close(socket.local_port)

    def get(self, number: int) -> Socket:
        socket = self.open.get(number)
        if not socket or socket.state != CONNECTED:
            raise self.refusal(CLOSED)
        return socket

    def refusal(self, error: int) -> RefusedError:
        self.last_error = error
        return RefusedError

    def arrive(self, local_port: int, data: bytes) -> None:
        """A datagram from the network, for whichever socket has that port."""
        for socket in self.open.values():
            if socket.local_port == local_port and socket.push:
                self._push(socket, data)
            elif socket.local_port == local_port:
                self._buffer(socket, data)

    def _push(self, socket: Socket, data: bytes) -> None:
        text = self.shown(data)
        if self.config["viewmode"] == [1]:
            quote = '"' if self.modem.options.quoted_data else ""
            self.modem.urc(f'+QIURC: "recv",{socket.number},{len(data)},{quote}{text}{quote}')
        else:
            self.modem.urc(f'+QIURC: "recv",{socket.number},{len(data)}\r\n{text}')

    def _buffer(self, socket: Socket, data: bytes) -> None:
        if len(socket.received) == BUFFERED:
            self.modem.urc(f'+QIURC: "recv",{socket.number},"buff full"')
            return
        socket.received.append(data)
        if not socket.announced:
            socket.announced = True
            self.modem.urc(f'+QIURC: "recv",{socket.number}')

    def shown(self, data: bytes) -> str:
        return data.hex().upper() if self.config["dataformat"][1] else data.decode("latin-1")


def open_socket(modem: Bc26, request: Request) -> list[str]:
    """AT+QIOPEN=1,<id>,"UDP","<host>",<port>[,<local port>[,<mode>]]; +QIOPEN: <id>,<error> follows OK."""
    table, arguments = modem.sockets, request.arguments
    try:
        number, port = request.number(1), request.number(4)
        local_port, push = request.number(5, default=0), request.number(6, default=0) == 1
    except RefusedError:
        raise table.refusal(INVALID) from None
    if request.number(0) != 1 or number >= SOCKETS or not arguments[3] or not 0 < port < 65536:
        raise table.refusal(INVALID)
    if arguments[2] != "UDP":
        raise table.refusal(UNSUPPORTED)
    delay_ms = modem.rng.randint(*OPEN_MS)
    if number in table.open:
        modem.later(delay_ms, lambda: modem.urc(f"+QIOPEN: {number},{IN_USE}"))
        return []
    socket = Socket(number, arguments[3], port, local_port or modem.rng.randint(*DYNAMIC_PORTS), push)
    table.open[number] = socket
    modem.later(delay_ms, lambda: opened(modem, socket))
    return []


def opened(modem: Bc26, socket: Socket) -> None:
    registered = modem.cell.registered
    socket.state = CONNECTED if registered else FAILED
    modem.urc(f"+QIOPEN: {socket.number},{0 if registered else OPEN_FAILED}")


def send_text(modem: Bc26, request: Request) -> list[str]:
    """AT+QISEND=<id>,<length>,<data>; the data is text, or hex after AT+QICFG="dataformat",1."""
    if modem.sockets.config["dataformat"][0]:
        return send_hex(modem, request)
    data = request.arguments[2].encode("latin-1") if len(request.arguments) > 2 else b""
    return send(modem, request, data, MAX_TEXT)


def send_hex(modem: Bc26, request: Request) -> list[str]:
    """AT+QISENDEX=<id>,<length>,<hex>, the hex with or without quotes."""
    try:
        data = bytes.fromhex(request.arguments[2])
    except (IndexError, ValueError):
        raise modem.sockets.refusal(INVALID) from None
    return send(modem, request, data, MAX_HEX)


def send(modem: Bc26, request: Request, data: bytes, limit: int) -> list[str]:
    """OK now; SEND OK when the stack has taken the datagram, which is not delivery."""
    table = modem.sockets
    if not 0 < len(data) <= limit or len(data) != request.number(1):
        raise table.refusal(INVALID)
    socket = table.get(request.number(0))
    if socket.sending:
        raise table.refusal(BUSY)
    socket.sending = True
    rai = modem.settings["+QNBIOTRAI"][0]
    modem.settings["+QNBIOTRAI"] = [0]  # the hint is for one datagram; that of BC26 siblings is documented so

    def hand_over() -> None:
        socket.sending = False
        taken = table.open.get(socket.number) is socket and modem.cell.send(
            socket.local_port, data, (socket.host, socket.port), rai
        )
        modem.urc("SEND OK" if taken else "SEND FAIL")

    modem.later(modem.rng.randint(*SEND_OK_MS), hand_over)
    return []


def read(modem: Bc26, request: Request) -> list[str]:
    """AT+QIRD=<id>,<length>: +QIRD: <length>,<remain of this datagram>, and the data on a line of its own."""
    socket = modem.sockets.get(request.number(0))
    length = request.number(1)
    if not 0 < length <= MAX_READ:
        raise modem.sockets.refusal(INVALID)
    if not socket.received:
        socket.announced = False
        return ["+QIRD: 0"]
    datagram = socket.received.popleft()
    head, rest = datagram[:length], datagram[length:]
    if rest:
        socket.received.appendleft(rest)
    return [f"+QIRD: {len(head)},{len(rest)}\r\n{modem.sockets.shown(head)}"]


def close(modem: Bc26, request: Request) -> list[str]:
    """AT+QICLOSE=<id>: OK, then CLOSE OK, also for a socket that is not open."""
    modem.sockets.close(request.number(0))
    modem.later(CLOSE_MS, lambda: modem.urc("CLOSE OK"))
    return []


def state(modem: Bc26, request: Request) -> list[str]:
    """AT+QISTATE=1,<id>, or AT+QISTATE? for all."""
    wanted = [request.number(1)] if request.form == "=" else range(SOCKETS)
    return [
        f'+QISTATE: {s.number},"UDP","{s.host}",{s.port},{s.local_port},{s.state},1,{int(s.push)}'
        for number, s in sorted(modem.sockets.open.items())
        if number in wanted
    ]


def last_error(modem: Bc26, _request: Request) -> list[str]:
    error = modem.sockets.last_error
    return [f"+QIGETERROR: {error},{ERROR_TEXTS[error]}"]


def configure(modem: Bc26, request: Request) -> list[str]:
    """AT+QICFG="dataformat"[,<send>,<receive>] or "viewmode"[,<mode>]."""
    config = modem.sockets.config
    name = request.arguments[0] if request.arguments else ""
    if name not in config:
        raise modem.sockets.refusal(INVALID)
    if len(request.arguments) == 1:
        return [f'+QICFG: "{name}",{",".join(map(str, config[name]))}']
    values = [request.number(i) for i in range(1, len(request.arguments))]
    if len(values) != len(config[name]) or not set(values) <= {0, 1}:
        raise modem.sockets.refusal(INVALID)
    config[name] = values
    return []


TABLE = {
    "+QIOPEN=": open_socket,
    "+QISEND=": send_text,
    "+QISENDEX=": send_hex,
    "+QIRD=": read,
    "+QICLOSE=": close,
    "+QISTATE=": state,
    "+QISTATE?": state,
    "+QIGETERROR": last_error,
    "+QICFG=": configure,
}

"""Quectel BC26 and BC66: UDP sockets (BC26 TCP/IP AT Commands Manual V1.0).

A socket error is a plain ERROR, and AT+QIGETERROR tells more.  TCP and DNS are not modelled; a host name
goes to the `Internet` as it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from host_tools.simulator.modems.dialect import Handler, Prompt
from host_tools.simulator.modems.sockets import Socket
from host_tools.simulator.modems.v250 import RefusedError, Request

if TYPE_CHECKING:
    from host_tools.simulator.modems.module import Module

SOCKETS = 5
MAX_TEXT, MAX_HEX, MAX_READ = 1024, 512, 512  # bytes in AT+QISEND, AT+QISENDEX, AT+QIRD
BUFFERED = 8  # datagrams a socket in buffer mode keeps; assumed
OPEN_MS = (100, 1000)  # assumed; the manual allows 60 s
SEND_OK_MS = (50, 1000)  # after OK; assumed, the manual allows longer
CLOSE_MS = 50  # assumed
UNCONNECTED, CONNECTED = 0, 2  # <socket_state>; one that failed to open stays in its initial state

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


def refusal(modem: Module, error: int) -> RefusedError:
    modem.sockets.last_error = error
    return RefusedError()


def connected(modem: Module, number: int) -> Socket:
    socket = modem.sockets.open.get(number)
    if not socket or not socket.ready:
        raise refusal(modem, CLOSED)
    return socket


def lost(_modem: Module, socket: Socket) -> str:
    return f'+QIURC: "closed",{socket.number}'


def shown(modem: Module, data: bytes) -> str:
    return data.hex().upper() if modem.sockets.config["dataformat"][1] else data.decode("latin-1")


def deliver(modem: Module, socket: Socket, data: bytes) -> None:
    if not socket.push:
        buffer(modem, socket, data)
    elif modem.sockets.config["viewmode"] == [1]:
        quote = '"' if modem.options.quoted_data else ""
        modem.urc(f'+QIURC: "recv",{socket.number},{len(data)},{quote}{shown(modem, data)}{quote}')
    else:
        modem.urc(f'+QIURC: "recv",{socket.number},{len(data)}\r\n{shown(modem, data)}')


def buffer(modem: Module, socket: Socket, data: bytes) -> None:
    if len(socket.received) == BUFFERED:
        modem.urc(f'+QIURC: "recv",{socket.number},"buff full"')
        return
    socket.received.append(data)
    if not socket.announced:
        socket.announced = True
        modem.urc(f'+QIURC: "recv",{socket.number}')


def open_socket(modem: Module, request: Request) -> list[str]:
    """AT+QIOPEN=1,<id>,"UDP","<host>",<port>[,<local port>[,<mode>]]; +QIOPEN: <id>,<error> follows OK."""
    arguments = request.arguments
    try:
        number, port = request.number(1), request.number(4)
        local_port, push = request.number(5, default=0), request.number(6, default=0) == 1
    except RefusedError:
        raise refusal(modem, INVALID) from None
    if request.number(0) != 1 or number >= SOCKETS or not arguments[3] or not 0 < port < 65536:
        raise refusal(modem, INVALID)
    if arguments[2] != "UDP":
        raise refusal(modem, UNSUPPORTED)
    delay_ms = modem.rng.randint(*OPEN_MS)
    if number in modem.sockets.open:
        modem.later(delay_ms, lambda: modem.urc(f"+QIOPEN: {number},{IN_USE}"))
        return []
    socket = modem.sockets.add(Socket(number, local_port, arguments[3], port, ready=False, push=push))
    modem.later(delay_ms, lambda: opened(modem, socket))
    return []


def opened(modem: Module, socket: Socket) -> None:
    socket.ready = modem.cell.registered
    modem.urc(f"+QIOPEN: {socket.number},{0 if socket.ready else OPEN_FAILED}")


def send_text(modem: Module, request: Request) -> list[str] | Prompt:
    """AT+QISEND=<id>,<length>,<data>; the data is text, or hex after AT+QICFG="dataformat",1.

    Without data, newer firmware asks for it by prompt.
    """
    if len(request.arguments) == 2:
        return ask_data(modem, request)
    if modem.sockets.config["dataformat"][0]:
        return send_hex(modem, request)
    data = request.arguments[2].encode("latin-1") if len(request.arguments) > 2 else b""
    return send(modem, request, data, MAX_TEXT)


def ask_data(modem: Module, request: Request) -> Prompt:
    connected(modem, request.number(0))
    length = request.number(1)
    if not modem.options.prompts or not 0 < length <= MAX_TEXT:
        raise refusal(modem, INVALID)
    return Prompt(length, lambda data: send(modem, request, data, MAX_TEXT))


def send_hex(modem: Module, request: Request) -> list[str]:
    """AT+QISENDEX=<id>,<length>,<hex>, the hex with or without quotes."""
    try:
        data = bytes.fromhex(request.arguments[2].strip('"'))
    except (IndexError, ValueError):
        raise refusal(modem, INVALID) from None
    return send(modem, request, data, MAX_HEX)


def send(modem: Module, request: Request, data: bytes, limit: int) -> list[str]:
    """OK now; SEND OK when the stack has taken the datagram, which is not delivery."""
    if not 0 < len(data) <= limit or len(data) != request.number(1):
        raise refusal(modem, INVALID)
    socket = connected(modem, request.number(0))
    if socket.sending:
        raise refusal(modem, BUSY)
    socket.sending = True
    rai = modem.settings["+QNBIOTRAI"]
    modem.settings["+QNBIOTRAI"] = 0  # the hint is for one datagram; that of BC26 siblings is documented so

    def hand_over() -> None:
        socket.sending = False
        modem.urc("SEND OK" if modem.sockets.send(socket, data, rai) else "SEND FAIL")

    modem.later(modem.rng.randint(*SEND_OK_MS), hand_over)
    return []


def read(modem: Module, request: Request) -> list[str]:
    """AT+QIRD=<id>,<length>: +QIRD: <length>,<remain of this datagram>, and the data on a line of its own."""
    socket = connected(modem, request.number(0))
    length = request.number(1)
    if not 0 < length <= MAX_READ:
        raise refusal(modem, INVALID)
    if not socket.received:
        socket.announced = False
        return ["+QIRD: 0"]
    datagram = socket.received.popleft()
    head, rest = datagram[:length], datagram[length:]
    if rest:
        socket.received.appendleft(rest)
    return [f"+QIRD: {len(head)},{len(rest)}\r\n{shown(modem, head)}"]


def close(modem: Module, request: Request) -> list[str]:
    """AT+QICLOSE=<id>: OK, then CLOSE OK, also for a socket that is not open."""
    modem.sockets.close(request.number(0))
    modem.later(CLOSE_MS, lambda: modem.urc("CLOSE OK"))
    return []


def state(modem: Module, request: Request) -> list[str]:
    """AT+QISTATE=1,<id>, or AT+QISTATE? for all."""
    wanted = [request.number(1)] if request.form == "=" else range(SOCKETS)
    return [
        f'+QISTATE: {s.number},"UDP","{s.host}",{s.port},{s.local_port},'
        f"{CONNECTED if s.ready else UNCONNECTED},1,{int(s.push)}"
        for number, s in sorted(modem.sockets.open.items())
        if number in wanted
    ]


def last_error(modem: Module, _request: Request) -> list[str]:
    error = modem.sockets.last_error
    return [f"+QIGETERROR: {error},{ERROR_TEXTS[error]}"]


def configure(modem: Module, request: Request) -> list[str]:
    """AT+QICFG="dataformat"[,<send>,<receive>] or "viewmode"[,<mode>]."""
    config = modem.sockets.config
    name = request.arguments[0] if request.arguments else ""
    if name not in config:
        raise refusal(modem, INVALID)
    if len(request.arguments) == 1:
        return [f'+QICFG: "{name}",{",".join(map(str, config[name]))}']
    values = [request.number(i) for i in range(1, len(request.arguments))]
    if len(values) != len(config[name]) or not set(values) <= {0, 1}:
        raise refusal(modem, INVALID)
    config[name] = values
    return []


TABLE: dict[str, Handler] = {
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

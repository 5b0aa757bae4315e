"""The UDP sockets of a module: numbers, ports, and what has arrived.  The dialect speaks of them."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from host_tools.simulator.modems.module import Module

DYNAMIC_PORTS = (49152, 65535)  # RFC 6335 6


@dataclass
class Socket:
    """`host` and `port`: the peer, or where the last datagram went."""

    number: int
    local_port: int
    host: str = ""
    port: int = 0
    ready: bool = True  # open, connected or bound, as far as the make has such steps
    push: bool = True  # datagrams are told whole as they come, not kept until they are read
    sending: bool = False
    announced: bool = False  # told that something waits; no second time until it is read
    received: deque[bytes] = field(default_factory=deque)


class SocketTable:
    """The sockets of one module, and the settings that concern them."""

    def __init__(self, modem: Module):
        self.modem = modem
        self.open: dict[int, Socket] = {}
        self.last_error = 0
        self.config: dict[str, list[int]] = {}

    def forget_all(self) -> None:
        """The module loses power, reboots, or sleeps without retention."""
        for number in list(self.open):
            self.close(number)
        self.last_error = 0
        self.config = {name: list(values) for name, values in self.modem.dialect.socket_settings.items()}

    def lose(self, number: int) -> None:
        """The module closes a socket by itself, and tells."""
        socket = self.open[number]
        self.close(number)
        self.modem.urc(self.modem.dialect.lost(self.modem, socket))

    def lose_all(self) -> None:
        """The network context goes; each socket is told."""
        for number in list(self.open):
            self.lose(number)

    def close(self, number: int) -> bool:
        """Whether there was such a socket."""
        socket = self.open.pop(number, None)
        if socket:
            self.modem.cell.close(socket.local_port)
        return socket is not None

    def add(self, socket: Socket) -> Socket:
        """Open it; local port 0 is any free one."""
        socket.local_port = socket.local_port or self.modem.rng.randint(*DYNAMIC_PORTS)
        self.open[socket.number] = socket
        return socket

    def free_number(self, first: int = 0) -> int | None:
        numbers = range(first, self.modem.dialect.sockets)
        return next((number for number in numbers if number not in self.open), None)

    def arrive(self, local_port: int, data: bytes) -> None:
        """A datagram from the network, for whichever socket has that port."""
        for socket in list(self.open.values()):
            if socket.local_port == local_port:
                self.modem.dialect.deliver(self.modem, socket, data)

    def send(self, socket: Socket, data: bytes, rai: int = 0) -> bool:
        """Hand a datagram to the network; False if the socket or the network is gone."""
        return self.open.get(socket.number) is socket and self.modem.cell.send(
            socket.local_port, data, (socket.host, socket.port), rai
        )

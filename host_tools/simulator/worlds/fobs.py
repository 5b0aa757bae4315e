"""Bluetooth beacons that people at the board carry: fobs that send Eddystone-EID.

A fob advertises every second and up to 10 ms more at random (Core Specification, volume 6, part B, section
4.4.2.2), each time on all three channels at once.  Who listens hears a share of it; the others are lost to
bodies, lids and other radios.  Distance is not modelled: a fob is there, or it is not.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from host_tools.collector.payload import EPOCH_UNIX_S
from host_tools.cryptolib import aes
from host_tools.simulator.kernel import Event, EventQueue
from protocols.eddystone import HEAD, eid

INTERVAL_US = 1_000_000
MOST_DELAY_US = 10_000
HEARD = 0.9  # of its advertisements; assumed
RSSI_DBM = (-85, -55)
TX_POWER = bytes([0xEB])  # -21 dBm at 0 m; nobody asks for it
FLAGS_AND_UUID = bytes.fromhex("0201060303aafe")  # no BR/EDR; the services: Eddystone


@dataclass(eq=False)
class Fob:
    """`ahead_s`: its counter of seconds less the seconds since 2020.  `sends`: this, whatever the key is."""

    key: bytes
    exponent: int = 10
    ahead_s: int = 0
    sends: bytes | None = None
    heard: float = HEARD

    def advertisement(self, unix_time: float) -> bytes:
        """The data of what it sends at that time."""
        if self.sends is not None:
            return self.sends
        counter = int(unix_time) - EPOCH_UNIX_S + self.ahead_s
        return FLAGS_AND_UUID + HEAD + TX_POWER + eid(aes, self.key, self.exponent, counter)


Hear = Callable[[bytes, int, bytes], None]  # address, dBm, data


class Fobs:
    """Those that are near the board.  One receiver may listen, and nothing is computed while none does."""

    def __init__(self, queue: EventQueue, rng: random.Random, unix_time: Callable[[], float]):
        self._queue = queue
        self._rng = rng
        self._unix_time = unix_time
        self._next: dict[Fob, Event | None] = {}
        self._addresses: dict[Fob, bytes] = {}
        self._hear: Hear | None = None

    def arrive(self, fob: Fob) -> None:
        self._addresses.setdefault(fob, self._random_address())
        self._next.setdefault(fob, None)
        if self._hear:
            self._begin(fob)

    def leave(self, fob: Fob) -> None:
        if event := self._next.pop(fob, None):
            event.cancel()

    def listen(self, hear: Hear | None) -> None:
        """`hear` is called with what is received, until somebody else listens; None: nobody does."""
        self._hear = hear
        for fob in list(self._next):
            self._begin(fob)

    def _begin(self, fob: Fob) -> None:
        """The receiver meets it at a random time between two advertisements."""
        if event := self._next[fob]:
            event.cancel()
        self._next[fob] = None
        if self._hear:
            self._next[fob] = self._queue.after(
                self._rng.randrange(INTERVAL_US), lambda: self._advertise(fob)
            )

    def _advertise(self, fob: Fob) -> None:
        pause_us = INTERVAL_US + self._rng.randrange(MOST_DELAY_US)
        self._next[fob] = self._queue.after(pause_us, lambda: self._advertise(fob))
        if self._rng.random() < fob.heard:
            rssi_dbm = self._rng.randint(*RSSI_DBM)
            self._hear(self._addresses[fob], rssi_dbm, fob.advertisement(self._unix_time()))

    def _random_address(self) -> bytes:
        """Of the kind "static": its two highest bits are set (volume 6, part B, section 1.3.2.1)."""
        address = self._rng.randbytes(6)
        return bytes([address[0] | 0xC0]) + address[1:]

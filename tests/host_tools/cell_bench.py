"""A cell with nobody but the test as its modem, and a server that answers with what it was sent."""

import random

from host_tools.simulator.cell import Cell, CellOptions
from host_tools.simulator.internet import VirtualInternet
from host_tools.simulator.kernel import EventQueue

SERVER = ("192.0.2.1", 5683)
PORT = 50_000  # of the modem


class CellBench:
    """`events` is what the cell told: (seconds, what, detail)."""

    def __init__(self, seed=1, **options):
        self.queue = EventQueue()
        self.internet = VirtualInternet(self.queue)
        self.internet.serve(SERVER, self._serve)
        self.cell = Cell(self.queue, random.Random(seed), self.internet, CellOptions(**options))
        self.cell.listener = self
        self.cell.observers.append(lambda activity: self._note("activity", str(activity)))
        self.events = []
        self.sources = []
        self.received = []
        self.answers = True

    def _serve(self, data, source):
        self.sources.append(source)
        self.received.append(data)
        return [data] if self.answers else []

    @property
    def now_s(self):
        return self.queue.now_us / 1e6

    def _note(self, what, detail=None):
        self.events.append((self.now_s, what, detail))

    def on_registration(self):
        self._note("registration", self.cell.stat)

    def on_rrc(self):
        self._note("rrc", self.cell.connected)

    def on_datagram(self, _port, data):
        self._note("datagram", data)

    def on_power_save(self):
        self._note("psm", self.cell.power_save)

    def on_address(self):
        self._note("address", self.cell.address)

    def run(self, seconds):
        """What was told in that time."""
        before = len(self.events)
        self.queue.run_until(self.queue.now_us + round(seconds * 1e6))
        return self.events[before:]

    def until(self, what, detail, within_s=600):
        """Run until that is told; the seconds it took."""
        start_s = self.now_s
        end_us = self.queue.now_us + round(within_s * 1e6)
        seen = len(self.events)
        self.queue.run_until(end_us, lambda: any(e[1:] == (what, detail) for e in self.events[seen:]))
        assert any(e[1:] == (what, detail) for e in self.events[seen:]), f"no {what} {detail} in {within_s} s"
        return self.now_s - start_s

    def registered(self):
        self.cell.attach()
        self.until("registration", 1, 1000)
        return self

    def idle(self):
        """Registered, and the connection of the attach is over."""
        self.registered().until("rrc", False)
        return self

    def send(self, data=b"x" * 30, rai=0):
        assert self.cell.send(PORT, data, SERVER, rai)

    def round_trip_s(self, data=b"x" * 30):
        self.send(data)
        return self.until("datagram", data)

    def told(self, what):
        return [detail for _, kind, detail in self.events if kind == what]

    def activities_s(self):
        """How long each activity has lasted so far."""
        lasted = {}
        changes = [(at_s, detail) for at_s, what, detail in self.events if what == "activity"]
        for (at_s, activity), (until_s, _) in zip(changes, [*changes[1:], (self.now_s, "")], strict=True):
            lasted[activity] = lasted.get(activity, 0) + until_s - at_s
        return lasted

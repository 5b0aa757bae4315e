"""What the outbox's log must do, next to what it does: every step is taken by both, then they are compared.

The model is also the collector: it keeps what was sent to it, and refuses to see one report as two.
"""

import random
from dataclasses import dataclass, field

from firmware.outbox.log_state import CORRUPT, DROPPED, EXPIRED, REFUSED
from firmware.outbox.record_log import ALARM, CLASSES, EVENT, TELEMETRY
from firmware.outbox.records import EVENT as EVENT_KIND
from firmware.outbox.records import HEALTH_TABLE, PRODUCT_TABLE, RESULT, decode
from host_tools.simulator.flash_faults import PowerCut
from protocols.cbor import dumps
from protocols.report.encoder import ABSENT, INVALID
from protocols.report.layout import MAX_VALUE
from tests.firmware.log_bench import LogBench

NEVER = 1 << 60
START = 190_000_000  # seconds since 2020 when the model's world begins


@dataclass
class Stored:
    cls: int
    kind: int
    head: list  # as `decode` returns it
    content: object


@dataclass
class Doubt:
    """What a step that power cut off may have done: it did all of it, or a part."""

    added: Stored | None = None
    acknowledged: set = field(default_factory=set)
    refused: set = field(default_factory=set)


class LogModel:
    """`step` takes a step and compares; its `cut` is (operation, fraction), as of FlashFaults.cut_after."""

    def __init__(self, bench: LogBench):
        self.bench = bench
        self.now = START
        self.stored: dict[int, Stored] = {}
        self.accepted: dict[int, Stored] = {}
        self.collector: dict[int, tuple] = {}  # sequence number -> what came under it
        self.lost: set[int] = set()  # dropped, expired or refused, and counted
        self.cuts = self.steps = 0
        self.cut_at = None  # the step of the last cut
        self._greatest = -1
        self._counts = [0] * 8
        self.serial = 0
        self._boot()

    def _boot(self):
        self._booted = self.now
        self._clock_is_set = False

    def step(self, name, *arguments, cut=None):
        self.now += 1
        self.steps += 1
        doubt = Doubt()
        if cut:
            self.bench.faults.cut_after(*cut)
        try:
            getattr(self, "_" + name)(doubt, *arguments)
            if cut:
                self.bench.faults.cut_after(NEVER, 0.0)
        except PowerCut:
            self.cuts += 1
            self.cut_at = self.steps
            self._restart(doubt)
        self._compare(doubt)

    # --- steps

    def _add(self, doubt, cls, values):
        self.serial += 1
        values = [self.serial, *values]
        time, uptime, head = self._head()
        table = HEALTH_TABLE if self.serial % 5 == 0 else PRODUCT_TABLE
        doubt.added = Stored(cls, table, head, [_kept(value) for value in values])
        self._added(doubt, self.bench.outbox.add_report(time, uptime, values, cls, table))

    def _event(self, doubt, cls, text):
        self.serial += 1
        time, uptime, head = self._head()
        doubt.added = Stored(cls, EVENT_KIND, head, dumps([self.serial, text, None]))
        self._added(doubt, self.bench.outbox.add_event(time, uptime, cls, self.serial, [text, None]))

    def _result(self, doubt):
        self.serial += 1
        doubt.added = Stored(EVENT, RESULT, [], dumps([self.serial, 0, "done"]))
        self._added(doubt, self.bench.outbox.add_result(self.serial, 0, "done"))

    def _head(self):
        """(time, uptime, what the record has of them)."""
        uptime = self.now - self._booted
        if self._clock_is_set:
            return self.now, uptime, [self.now]
        return None, uptime, [self.bench.numbers.boot, uptime]

    def _added(self, doubt, sequence):
        if sequence is not None:
            self._accept(sequence, doubt.added)
            doubt.added = None

    def _accept(self, sequence, record):
        assert sequence > self._greatest, "a sequence number again"
        self._greatest = sequence
        self.stored[sequence] = self.accepted[sequence] = record

    def _send(self, doubt, limit, delivered, taken):
        """A batch leaves; `delivered`: it reaches the collector; `taken`: which of it are acknowledged."""
        batch = self.bench.outbox.next_batch(limit, self.now if self._clock_is_set else None)
        order = [(self.stored[record.sequence].cls, record.sequence) for record in batch]
        assert order == sorted(order) and len(batch) <= limit
        if delivered:
            self._deliver(batch)
            acknowledged = [record for i, record in enumerate(batch) if taken >> i % 8 & 1]
            doubt.acknowledged = {record.sequence for record in acknowledged}
            self.bench.outbox.remove(acknowledged)
            self._gone(doubt.acknowledged)

    def _deliver(self, batch):
        for record in batch:
            stored = self.stored[record.sequence]
            if len(stored.head) == 1:
                assert record.time == stored.head[0]
            assert (record.kind, record.content) == (stored.kind, stored.content)
            content = (record.time, record.kind, record.content)
            assert self.collector.setdefault(record.sequence, content) == content, "one report as two"

    def _refuse(self, doubt, limit):
        batch = self.bench.outbox.next_batch(limit, None)
        doubt.refused = {record.sequence for record in batch}
        self.bench.outbox.refuse(batch)

    def _date(self, doubt):
        self._clock_is_set = True
        self.bench.outbox.date(self.now, self.now - self._booted)

    def _wait(self, doubt, seconds):
        self.now += seconds

    def _restart(self, doubt):
        self.bench.start()
        self._boot()

    # --- comparison

    def _compare(self, doubt):
        found = {}
        for cls in CLASSES:
            for _, sequence, body in self.bench.log.records(cls):
                assert sequence not in found
                found[sequence] = Stored(cls, *decode(bytes(body)))
        for sequence in found.keys() - self.stored.keys():
            assert found[sequence] == doubt.added, "a record that nobody stored"
            self._accept(sequence, doubt.added)
            doubt.added = None
        missing = self.stored.keys() - found.keys()
        assert all(found[sequence] == self.stored[sequence] for sequence in found)
        missing -= doubt.acknowledged
        assert doubt.refused <= missing or not doubt.refused & missing
        counted = [
            now - before for now, before in zip(self.bench.log.state.counts, self._counts, strict=True)
        ]
        self._counts = list(self.bench.log.state.counts)
        assert counted[CORRUPT] == 0
        assert counted[REFUSED] == len(doubt.refused & missing)
        self._check_dropped(missing - doubt.refused, counted, doubt)
        self.lost |= missing
        self._gone(self.stored.keys() - found.keys())
        files = [name for name in self.bench.names() if name != "state"]
        assert len(files) <= self.bench.capacity

    def _check_dropped(self, missing, counted, doubt):
        """All that is gone without an acknowledgement is counted, and was the oldest of its class."""
        for cls in CLASSES:
            gone = [sequence for sequence in missing if self.stored[sequence].cls == cls]
            own = 1 if doubt.added and doubt.added.cls == cls else 0  # it may have been dropped itself
            assert counted[DROPPED + cls] + counted[EXPIRED + cls] - len(gone) in (0, own)
            rest = [s for s, record in self.stored.items() if record.cls == cls and s not in missing]
            if counted[DROPPED + cls]:
                assert not gone or not rest or max(gone) < min(rest)

    def _gone(self, sequences):
        for sequence in list(sequences):
            self.stored.pop(sequence, None)

    # --- the end

    def drain(self):
        """All that is left goes to the collector, over a link that works; then nothing is missing there."""
        self.step("date")
        while not self.bench.outbox.empty():
            self.step("send", 64, True, 0xFF)
        assert self.collector.keys() == self.accepted.keys() - (self.lost - self.collector.keys())


def _kept(value):
    """What a value becomes on the flash."""
    return ABSENT if value is None else value if abs(value) <= MAX_VALUE else INVALID


EXPIRY_S = (7200, 3600, 1800)  # of random lives: short, so that it happens
ONLINE = {"add": 40, "event": 8, "result": 6, "send": 30, "refuse": 1, "date": 10, "wait": 2, "restart": 2}
OFFLINE = {"add": 90, "event": 12, "result": 6, "send": 4, "refuse": 0, "date": 1, "wait": 1, "restart": 2}


def random_step(rng, online):
    """(name, arguments…) of a step of a busy node."""
    weights = ONLINE if online else OFFLINE
    name = rng.choices(list(weights), weights.values())[0]
    if name == "add":
        values = [
            rng.choice([None, INVALID, 0, -1, rng.randrange(-(1 << 29), 1 << 29)])
            for _ in range(rng.randrange(30))
        ]
        return name, rng.choices([ALARM, EVENT, TELEMETRY], [1, 1, 6])[0], values
    if name == "event":
        return name, rng.choice([ALARM, EVENT]), "x" * rng.randrange(80)
    if name == "send":
        taken = rng.choice([0xFF, 0xFF, 0, rng.randrange(256)])
        return name, rng.choice([1, 3, 12, 64]), online and rng.random() < 0.7, taken
    if name == "refuse":
        return name, rng.choice([1, 2])
    if name == "wait":
        return name, rng.choice([100, 3600])
    return (name,)


def random_life(seed, steps, cut_chance, most=8):
    """A node that is in coverage for a while, then not; cuts within a step's first `most` operations.

    Returns the model, drained and compared.
    """
    rng = random.Random(seed)
    blocks, capacity = rng.choice([(24, 3), (64, 6), (64, 16), (24, 40)])
    model = LogModel(LogBench(blocks, capacity, seed, EXPIRY_S))
    online = True
    for _ in range(steps):
        online ^= rng.random() < 0.02
        cut = (rng.randrange(1, most + 1), rng.choice([0.0, 1.0, rng.random(), rng.random()]))
        model.step(*random_step(rng, online), cut=cut if rng.random() < cut_chance else None)
    model.drain()
    return model


def busy_run(seed, steps, cut=None):
    """Always the same steps of a seed; `cut` counts from the first.  Returns (model, flash operations).

    The log is never full and nothing grows old: all that was stored must arrive.
    """
    rng = random.Random(seed)
    model = LogModel(LogBench(64, 32, seed))
    if cut:
        model.bench.faults.cut_after(*cut)
    before = model.bench.changes()
    for number in range(steps):
        name, *arguments = random_step(rng, number % 20 < 12)
        if name != "refuse":
            model.step(name, *arguments)
        if model.cuts and number > model.cut_at + 3:
            break
    taken = model.bench.changes() - before
    model.drain()
    assert not model.lost and model.collector.keys() == model.accepted.keys()
    return model, taken

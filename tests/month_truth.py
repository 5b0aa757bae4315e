"""The world's truth about a smart pole whose climate sensor may fail for hours, and whose meter's frames may.

tests/node_truth.py knows the sample of a report by what the climate sensor measured.  Here the noise sensor
tells as well, of a few hundred samples in a row which one it is; what is older has a lower sequence number.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from host_tools.collector.core import DecodedReport
from host_tools.simulator.devices.noise_modbus import NOISE
from host_tools.simulator.simulation import Stage
from protocols.message_numbers import FAULT, SILENT, WORKS
from tests.node_truth import Truth

QUIETEST_DBA, STEP_DBA, NOISES = 35.0, 0.1, 800
SILENT_AFTER = 3  # samples, as the node has it


@dataclass(frozen=True)
class Outage:
    """Of the climate sensor, as numbers of samples: from `first` on, `end` is the first that it measured."""

    first: int
    end: int


class MonthTruth(Truth):
    """`set_climate` begins and ends an outage of the climate sensor."""

    def __init__(self, stage: Stage):
        super().__init__(stage)
        self._climate, noise = stage.simulated.parts["climate"], stage.simulated.parts["noise"]
        self._outages: list[Outage] = []
        self._write, self._climate.write = self._climate.write, self._asked
        self._noise, noise.register = noise.register, self._loudness

    def set_climate(self, *, absent: bool = False, corrupt: bool = False) -> None:
        """absent: nothing acknowledges; corrupt: no checksum is right; neither: it works."""
        climate = self._climate
        was_wrong, is_wrong = climate.absent or climate.corrupt_next, absent or corrupt
        now = len(self.samples)
        if is_wrong and not was_wrong:
            self._outages.append(Outage(now, now))
        elif was_wrong and not is_wrong:
            self._outages[-1] = replace(self._outages[-1], end=now)
        climate.absent, climate.corrupt_next = absent, corrupt * 10**9

    def _asked(self, data: bytes) -> None:
        if self._climate.absent:
            self._measure()
        self._write(data)

    def _measure(self) -> tuple[int, int]:
        answer = super()._measure()
        if self._meter.faults.corrupt_next:  # still: each frame that it was asked for was wrong
            self.samples[-1] = replace(self.samples[-1], volts=None)
        return answer

    def _loudness(self, register: int) -> int | None:
        if register == NOISE:
            return round(QUIETEST_DBA / STEP_DBA) + (len(self.samples) - 1) % NOISES
        return self._noise(register)

    # -- the verdict

    def wrong(self, *arguments, **options) -> list[str]:
        return super().wrong(*arguments, **options) + list(self._wrong_faults())

    def _reports(self) -> dict[int, DecodedReport]:
        reports = {}
        before = -1
        for number, report in sorted(super()._reports().items(), key=lambda item: item[1].seq):
            loudness = report.points["noise"]
            if report.points["temperature"] is None and loudness is not None:
                place = round((loudness - QUIETEST_DBA) / STEP_DBA)
                number = before + 1 + (place - before - 1) % NOISES
            if number >= 0:
                before = number
            reports[number] = report
        return reports

    def _wrong_faults(self) -> Iterator[str]:
        """The server was told that the climate sensor was silent, and that it works, each after the samples
        that show it."""
        reports = self._reports()
        events = self._stage.store.events(self._stage.node)
        told = [(event.seq, event.data) for event in events if event.code == FAULT]
        silent = [seq for seq, data in told if data == ["climate", SILENT]]
        works = [seq for seq, data in told if data == ["climate", WORKS]]
        for outage in self._outages:
            there = [number for number in range(outage.first, outage.end) if number in reports]
            boots = Counter(self.samples[number].boot for number in there)
            if max(boots.values(), default=0) <= SILENT_AFTER:  # a power cut has the count begin again
                continue
            first, last = reports[there[0]].seq, reports[there[-1]].seq
            if not any(first < seq < last for seq in silent):
                yield f"climate was silent from sample {there[0]} to {there[-1]}: not told"
            after = next((n for n in range(outage.end, len(self.samples)) if n in reports), None)
            if after is not None and not any(last < seq < reports[after].seq for seq in works):
                yield f"climate works again from sample {after} on: not told"

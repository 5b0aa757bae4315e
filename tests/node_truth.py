"""The world's truth about a smart pole, and the collector's database judged by it.

Nothing here asks the node.  Its climate sensor is made to measure a number that counts up, so that a report
tells which sample it holds; what the lamp is driven with tells which commands were carried out.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from host_tools.boards import schemas_with
from host_tools.collector.core import DecodedReport, decode_report
from host_tools.collector.payload import Status
from host_tools.simulator.devices.bl0942 import V_RMS
from host_tools.simulator.devices.sht4x import ticks
from host_tools.simulator.simulation import Stage
from protocols.message_numbers import ALARM

# A sample's number is measured as the temperature, which goes up and down in small steps, as jumps are not
# believed, and how often it has turned as the humidity.
LOWEST_C, STEP_C, SWEEP = -39.0, 0.01, 15_000
DRIEST, STEP_PERCENT = 5.0, 1.0
# As the pole's board file has them.
ABOVE_V, BELOW_V, HYSTERESIS_V, JUMP_V = 253.0, 187.0, 5.0, 40.0
VOLTAGE_ERROR_V = 0.6  # of the meter, and of the time between the two parts
CLOCK_ERROR_S = 3
DUE_SLACK_S = 0.3  # a first sample in a boot comes so much later than the others within its period
BROKEN_OFF = "broken off by a reset"


@dataclass(frozen=True)
class Sample:
    number: int
    boot: int
    at_s: float
    counted_s: float  # the same by the chip's crystal
    volts: float | None  # None: the meter was silent


@dataclass(frozen=True)
class Sent:
    """A command as it was queued; `level` if it asks the lamp for one, which no other command does."""

    id: int
    deadline_s: float
    level: int | None


class Truth:
    """Attach it before power comes on; `wrong(end_s)` afterwards."""

    def __init__(self, stage: Stage):
        self.samples: list[Sample] = []
        self.sent: list[Sent] = []
        self.boot = 0
        self._stage = stage
        self._world, self._chip = stage.simulated.world, stage.simulated.chip
        self._meter = stage.simulated.parts["meter"]
        self._warm: set[int] = set()  # boots that came without a loss of power
        self._cuts = 0
        self._level = self._kept = 0  # of the lamp, now and before a warm boot; 0: no command's
        self._set: Counter[int] = Counter()  # how often the lamp went to a level
        climate, lamp = stage.simulated.parts["climate"], stage.simulated.parts["lamp"]
        climate._measure = self._measure
        self._read_register, self._meter.read_register = self._meter.read_register, self._register
        self._seen_v = 0.0  # when the meter was asked last
        self._drive, lamp.pwm = lamp.pwm, self._pwm

    @property
    def now_s(self) -> float:
        return self._stage.queue.now_us / 1e6

    def restarted(self) -> None:
        """The chip was reset.  If it did not lose its power, it sets the lamp as it was once more."""
        cuts = self._chip.resets["power cut"]
        is_warm = cuts == self._cuts
        self._kept = (self._level or self._kept) if is_warm else 0
        self._cuts = cuts
        self._level = 0
        self.boot += 1
        self._warm |= {self.boot} if is_warm else set()

    def _measure(self) -> tuple[int, int]:
        number = len(self.samples)
        counted_s = self._chip.crystal.now_us / 1e6
        # The meter was asked just before: the mains may have stepped since.
        volts = None if self._meter.faults.silent else self._seen_v
        self.samples.append(Sample(number, self.boot, self.now_s, counted_s, volts))
        turns, at = divmod(number, SWEEP)
        degrees = LOWEST_C + STEP_C * (SWEEP - 1 - at if turns % 2 else at)
        return ticks(degrees, -45, 175), ticks(DRIEST + STEP_PERCENT * turns, -6, 125)

    def _register(self, address: int) -> int:
        if address == V_RMS:
            self._seen_v = self._world.mains_v
        return self._read_register(address)

    def _pwm(self, name: str, duty: float, frequency_hz: int) -> None:
        level = round(100 * duty)
        if 0 < level < 100 and level != self._level:
            self._level = level
            self._set[level] += level != self._kept
            self._kept = 0
        self._drive(name, duty, frequency_hz)

    # -- the verdict

    def wrong(self, period_s: int, end_s: float, clock_error_s: float = CLOCK_ERROR_S) -> list[str]:
        """What the database lacks or has too much, of all that happened before `end_s`.

        clock_error_s: of the time that the network tells.
        """
        store, node = self._stage.store, self._stage.node
        stored = [*store.reports(node), *store.events(node)]
        twice = [seq for seq, count in Counter(item.seq for item in stored).items() if count > 1]
        reports = self._reports()
        return [
            *(f"number {seq} is stored twice" for seq in twice),
            *self._wrong_reports(reports, clock_error_s),
            *self._missing(set(reports), period_s, end_s),
            *self._wrong_alarms(reports, end_s),
            *self._wrong_commands(end_s),
        ]

    def _reports(self) -> dict[int, DecodedReport]:
        """DecodedReport by the number of its sample; without one, by a number below 0."""
        stage = self._stage
        schemas = schemas_with(stage.simulated.board)
        reports = {}
        for stored in stage.store.reports(stage.node, health=False):
            report = decode_report(stored, schemas)
            number = _number(report.points["temperature"], report.points["humidity"])
            while number in reports:
                number = min(number, 0) - 1
            reports[number] = report
        return reports

    def _wrong_reports(self, reports: dict, clock_error_s: float) -> list[str]:
        wrong = []
        for number, report in reports.items():
            if not 0 <= number < len(self.samples):
                wrong.append(f"report {report.seq} is of no sample of its own: {report.points}")
                continue
            sample = self.samples[number]
            taken_s = report.time.timestamp() - self._stage.options.start_unix
            if report.clock_set and abs(taken_s - sample.at_s) > clock_error_s:
                wrong.append(
                    f"sample {number} is dated {taken_s:.0f} s, and was taken at {sample.at_s:.1f} s"
                )
            volts = report.points["voltage"]
            is_number = isinstance(volts, int | float)  # else a jump, or the meter was silent
            if is_number and (sample.volts is None or abs(volts - sample.volts) > VOLTAGE_ERROR_V):
                wrong.append(f"sample {number}: {volts} V were {sample.volts} V")
        return wrong

    def _boots(self) -> list[list[Sample]]:
        boots: dict[int, list[Sample]] = {}
        for sample in self.samples:
            boots.setdefault(sample.boot, []).append(sample)
        return list(boots.values())

    def _missing(self, there: set[int], period_s: int, end_s: float) -> list[str]:
        """The first sample in a boot and the first of each period is for a report; the one in progress, the
        last of its boot, may be lost.  A sample of a set output may come just before the period begins."""
        missing = []
        for samples in self._boots():
            samples = [s for s in samples if s.number in there or not _is_early(s, samples[0], period_s)]
            periods = [int((s.counted_s - samples[0].counted_s + DUE_SLACK_S) / period_s) for s in samples]
            steps = [1] + [b - a for a, b in pairwise(periods)]
            for sample, step in zip(samples, steps, strict=True):
                if step > 1:
                    missing.append(f"no sample in the period before sample {sample.number}")
                if step and sample.number not in there and sample is not samples[-1] and sample.at_s < end_s:
                    missing.append(f"sample {sample.number}, taken at {sample.at_s:.1f} s, is missing")
        return missing

    def _wrong_alarms(self, reports: dict, end_s: float) -> list[str]:
        """At each report the server has been told whether its sample is in alarm, and once: an alarm's event
        is stored before the report, and what is active stays so without power.

        A cut may have come between an event and the note that it is stored: then it is told twice.
        """
        store, node = self._stage.store, self._stage.node
        events = [event for event in store.events(node) if event.code == ALARM]
        told = sorted((event.seq, *event.data[:2]) for event in events)
        wrong = []
        active = known = may_repeat = False
        for samples in self._boots():
            for sample, volts in _believed(samples):
                was, active = active, _in_alarm(volts, active)
                report = reports.get(sample.number)
                if report is None:
                    if active != was and sample is not samples[-1] and sample.at_s < end_s:
                        wrong.append(f"the alarm {int(active)} of sample {sample.number} is missing")
                    may_repeat = may_repeat or sample is samples[-1]
                    continue
                here = f"sample {sample.number} of {sample.volts} V"
                while told and told[0][0] < report.seq:
                    _, name, begins = told.pop(0)
                    if name != "voltage" or (begins == known and not may_repeat):
                        wrong.append(f"{here}: {name} {begins} is told again")
                    known = bool(begins)
                if known != active:
                    wrong.append(f"{here}: the server was told {int(known)}")
                    known = active
                may_repeat = False
        return wrong

    def _wrong_commands(self, end_s: float) -> list[str]:
        wrong = []
        for command in self.sent:
            result = self._stage.store.result(command.id)
            count = self._set[command.level] if command.level is not None else 0
            if result is None:
                if command.deadline_s > end_s or count:
                    wrong.append(f"command {command.id}, carried out {count} times, has no result")
                continue
            at_least, at_most = int(command.level is not None and result.status == Status.DONE), 1
            if result.status not in (Status.DONE, Status.FAILED):
                at_most = 0
            if result.status == Status.FAILED and result.detail != BROKEN_OFF:
                wrong.append(f"command {command.id}: {result}")
            if not at_least <= count <= at_most:
                wrong.append(f"command {command.id} was carried out {count} times: {result}")
        return wrong


def _is_early(sample: Sample, first: Sample, period_s: int) -> bool:
    """Whether it was taken so shortly before a period that it may have been meant for it."""
    return (first.counted_s - sample.counted_s) % period_s <= DUE_SLACK_S and sample is not first


def _number(degrees: float | None, percent: float | None) -> int:
    """Of the sample that measured these, -1 if they were not measured."""
    if degrees is None or percent is None:
        return -1
    turns = round((percent - DRIEST) / STEP_PERCENT)
    at = round((degrees - LOWEST_C) / STEP_C)
    return turns * SWEEP + (SWEEP - 1 - at if turns % 2 else at)


def _believed(samples: list[Sample]) -> Iterator[tuple[Sample, float | None]]:
    """The samples of a boot with the voltage that the node makes of them: None for a jump, until a second
    sample confirms it."""
    good = jumped = None
    for sample in samples:
        volts, before = sample.volts, jumped
        jumped = None
        is_jump = None not in (volts, good) and abs(volts - good) > JUMP_V
        if is_jump and (before is None or abs(volts - before) > JUMP_V):
            volts, jumped = None, volts
        good = good if volts is None else volts
        yield sample, volts


def _in_alarm(volts: float | None, was: bool) -> bool:
    if volts is None:
        return was
    margin = HYSTERESIS_V if was else 0
    return volts > ABOVE_V - margin or volts < BELOW_V + margin

"""Every fault of a modem on whole poles: all telemetry is in the database in the end, and so are the rungs.

Each on a BC26 and, in turn, on one of the others; tests/host_tools/test_modem_fault_matrix.py has every fault
on every module with the driver alone, and how high it leads on the ladder.
"""

import pytest

from drivers.modem.ladder import RUNGS
from host_tools.scenario.model import Scenario
from host_tools.scenario.run import run_scenario
from host_tools.simulator.pole_variants import MODEMS, pole_with
from tests.host_tools.test_modem_fault_matrix import FAULTS

FAULT_S = 900
OTHERS = [part for part in MODEMS if part != "bc26"]
PAIRS = {
    *((name, "bc26") for name in FAULTS),
    *((name, OTHERS[place % len(OTHERS)]) for place, name in enumerate(FAULTS)),
    *(("wedge", part) for part in OTHERS),
}
RECOVERY_S = 5400  # longer than the patience of any rung, and a health report


def run(part, fault, end_s):
    pole = pole_with(part).model_copy(update={"sample_s": 300, "report_s": 300, "health_s": 600})
    counts = {}

    def prepare(stage):
        target = Target(stage)
        stage.queue.at(FAULT_S * 1_000_000, lambda: fault.begin(target))
        stage.queue.at((FAULT_S + fault.seconds) * 1_000_000, lambda: fault.end(target))
        stage.simulated.chip.console.listeners.append(Rungs(counts).hear)

    scenario = Scenario(
        title="a fault", duration=f"{end_s}s", expect=[{"at": f"{end_s}s", "all_delivered_once": True}]
    )
    return run_scenario(pole, scenario, prepare=prepare), counts


class Target:
    """What the faults of the matrix act on."""

    def __init__(self, stage):
        self.queue = stage.queue
        self.cell = stage.simulated.cell
        self.module = stage.simulated.modem


class Rungs:
    """Counts what the node says at its console of the ladder."""

    def __init__(self, counts):
        self._counts = counts
        self._line = b""

    def hear(self, data):
        *lines, self._line = (self._line + data).split(b"\n")
        for line in lines:
            _, is_rung, rest = line.partition(b"modem: rung ")
            if is_rung:
                name = rest.partition(b":")[0].decode()
                self._counts[name] = self._counts.get(name, 0) + 1


@pytest.mark.parametrize(("name", "part"), sorted(PAIRS))
def test_all_telemetry_arrives_and_the_rungs_are_told(name, part):
    fault = FAULTS[name]
    end_s = FAULT_S + fault.seconds + RECOVERY_S
    outcome, rungs = run(part, fault, end_s)
    told = outcome.health[-1].points
    assert {rung: told[f"rung_{rung}"] for rung, _ in RUNGS if told[f"rung_{rung}"]} == rungs
    assert bool(rungs) >= bool(fault.least)

"""A handful of the seeds of the swarm, and that it is able to find something; `make swarm` runs 1000."""

from concurrent.futures import Future

import pytest

from host_tools.boards import load_board
from host_tools.scenario.errors import BrokenExpectationError
from host_tools.scenario.run import run_scenario
from host_tools.simulator.pole_variants import MODEMS
from tests.swarm import TROUBLE_S, main, modem_of, run_seed, swarm_scenario


@pytest.mark.parametrize("seed", range(len(MODEMS)))  # one with each modem
def test_all_is_delivered_once_when_the_trouble_is_over(seed):
    assert run_seed(seed) is None


def test_a_seed_is_always_the_same_trouble_and_another_is_not():
    assert swarm_scenario(1) == swarm_scenario(1) != swarm_scenario(2)


def test_every_seed_is_a_scenario_that_ends_its_trouble():
    for seed in range(300):
        *_, peace = swarm_scenario(seed).step
        assert (peace.at, peace.coverage, peace.collector) == (TROUBLE_S, True, "online")
        assert (peace.cell["uplink_loss"], peace.cell["reject_cause"]) == (0.0, None)


def test_a_server_that_forgets_a_report_is_found():
    def forget(stage):
        stored = stage.store.reports
        stage.store.reports = lambda node: [report for report in stored(node) if report.seq != 40]

    with pytest.raises(BrokenExpectationError, match="the first is number 40"):
        run_scenario(load_board("smart_pole"), swarm_scenario(0), prepare=forget)


def test_trouble_does_reach_the_node():
    console = bytearray()

    def listen(stage):
        stage.simulated.chip.console.listeners.append(console.extend)

    for seed in range(3):
        run_scenario(load_board("smart_pole"), swarm_scenario(seed), prepare=listen)
    assert console.count(b"starting the modem") > 6  # once for each power-on, and again


def test_the_program_says_which_seed_failed(capsys, monkeypatch):
    monkeypatch.setattr("tests.swarm.ProcessPoolExecutor", _Here)
    monkeypatch.setattr("tests.swarm.run_seed", lambda seed: "it broke" if seed == 8 else None)
    assert main(["--first", "7", "--seeds", "3"]) == 1
    out = capsys.readouterr().out
    assert f"seed 8 ({modem_of(8)}): it broke\nagain: python -m tests.swarm --first 8 --seeds 1" in out
    assert out.endswith("3 seeds, 1 failed\n")


class _Here:
    """An executor without processes."""

    def __init__(self, *_):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def submit(self, function, *arguments):
        future = Future()
        future.set_result(function(*arguments))
        return future

"""`citynode simulate --scenario`: a board through a scenario file."""

from pathlib import Path

from host_tools.boards import Board
from host_tools.cli.output import emit, people
from host_tools.cli.runs import show_runs
from host_tools.scenario.load import load_scenario
from host_tools.scenario.run import run_scenario
from host_tools.simulator.simulation import Prepare


def run_scenario_file(board: Board, file: Path, seed: int | None, prepare: Prepare, json: bool) -> None:
    """Raises BrokenExpectationError and ScenarioError."""
    scenario = load_scenario(file)
    run = run_scenario(board, scenario, seed, prepare)
    show_runs([run], board, json)
    seed = scenario.seed if seed is None else seed
    if json:
        emit({"scenario": scenario.title, "seed": seed, "expectations": len(scenario.expect)})
    else:
        people.print(f"{scenario.title}: all expectations hold ({len(scenario.expect)}), seed {seed}")

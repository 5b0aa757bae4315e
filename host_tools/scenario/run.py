"""Running a scenario: steps and expectations are events of the board's queue."""

from host_tools.boards import Board
from host_tools.collector.payload import EPOCH_UNIX_S
from host_tools.durations import show_duration
from host_tools.scenario.actions import Actions
from host_tools.scenario.checks import Checks
from host_tools.scenario.errors import BrokenExpectationError, ScenarioError
from host_tools.scenario.model import Expectation, Scenario, Step
from host_tools.simulator.board import BoardOptions
from host_tools.simulator.radio.options import CellOptions
from host_tools.simulator.simulation import START_UNIX, BoardRun, Prepare, Stage, stage


def run_scenario(
    board: Board,
    scenario: Scenario,
    seed: int | None = None,
    prepare: Prepare = lambda _: None,
) -> BoardRun:
    """Run to the end.  Raises BrokenExpectationError, ScenarioError for what the board has not.

    seed: None is the scenario's own.  prepare: called before power comes on.
    """
    seed = scenario.seed if seed is None else seed
    network = CellOptions(**{"utc_at_start": START_UNIX - EPOCH_UNIX_S, **scenario.cell})
    options = BoardOptions(seed, start_unix=START_UNIX, cell=network, crews=scenario.crews)
    _check_steps(board, options, scenario)
    with stage(board, options, scenario.report_s) as made:
        play = _Play(made, Checks(made, scenario.report_s or board.report_s), seed)
        for step in scenario.step:
            made.queue.at(step.at * 1_000_000, lambda step=step: play.actions.perform(step))
        for number, expectation in enumerate(scenario.expect, 1):
            made.queue.at(
                expectation.at * 1_000_000, lambda n=number, wanted=expectation: play.expect(n, wanted)
            )
        prepare(made)
        run = made.play(scenario.duration)
    if play.broken:
        raise BrokenExpectationError(play.broken)
    return run


def _check_steps(board: Board, options: BoardOptions, scenario: Scenario) -> None:
    """On a board of its own, because trying whether something can be set may change it."""
    with stage(board, options) as trial:
        actions = Actions(trial)
        if scenario.crews and not actions.hears_crews:
            raise ScenarioError("crews: no part of the board notices them")
        for number, step in enumerate(scenario.step, 1):
            _check_step(actions, number, step)


def _check_step(actions: Actions, number: int, step: Step) -> None:
    try:
        actions.check(step)
    except ScenarioError as error:
        raise ScenarioError(f"step {number}: {error}") from None


class _Play:
    def __init__(self, made: Stage, checks: Checks, seed: int):
        self.actions = Actions(made)
        self.broken: str | None = None
        self._stage = made
        self._checks = checks
        self._seed = seed

    def expect(self, number: int, wanted: Expectation) -> None:
        wrong = self._checks.broken(wanted)
        if wrong:
            at_s = self._stage.queue.now_us / 1e6
            when = f"at {show_duration(at_s)} ({at_s:g} s), seed {self._seed}"
            self.broken = f"expectation {number} broken {when}: {wrong}"
            self._stage.simulated.power_off()

"""Scenario files: what they say happens; what is broken is told with time and seed, mistakes by place."""

from pathlib import Path

import pytest

from host_tools.boards import board_names, load_board
from host_tools.durations import parse_duration, show_duration
from host_tools.scenario.errors import BrokenExpectationError, ScenarioError
from host_tools.scenario.load import load_scenario
from host_tools.scenario.run import run_scenario
from tests.host_tools.processes import run_here

EXAMPLES = sorted((Path(__file__).parent / "scenarios").glob("*/*.toml"))  # in folders of their products
DIM_THE_LAMP = Path(__file__).parent / "scenarios/smart_pole/dim_the_lamp.toml"


@pytest.fixture
def scenario(tmp_path):
    """The scenario of a text, with title and duration in front."""

    def load(text, duration="5m"):
        file = tmp_path / "scenario.toml"
        file.write_text(f'title = "a test"\nduration = "{duration}"\n{text}')
        return load_scenario(file)

    return load


def play(scenario, seed=None, product="smart_pole", **how):
    return run_scenario(load_board(product), scenario, seed, **how)


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_examples_hold(file):
    play(load_scenario(file), product=file.parent.name)


def test_there_is_an_example_for_each_product():
    assert {file.parent.name for file in EXAMPLES} == set(board_names())


# -- steps


def test_steps_reach_the_board(scenario):
    steps = """
        [cell]
        rsrp_dbm = -120
        psm_grant = [2, 86400]
        [[step]]
        at = "1m"
        cell = { uplink_loss = 0.25 }
        network = "new address"
        world = { lamp_level = 0.5 }
        collector = "offline"
        [[step]]
        at = "2m"
        coverage = false
        part = { name = "meter", silent = true, corrupt = 3 }
        modem = { fault = "delay_urc", ms = 700 }
        reselect = { cell_id = 5 }
    """
    seen = {}
    stages = []

    def look(stage):
        board = stage.simulated
        stages.append(stage)
        stage.queue.at(0, lambda: seen.update(start=board.cell.options))
        stage.queue.at(61_000_000, lambda: seen.update(lamp=board.world.lamp_level))

    run_scenario(load_board("smart_pole"), scenario(steps, "3m"), prepare=look)
    board = stages[0].simulated
    assert seen["start"].rsrp_dbm == -120 and seen["start"].psm_grant == (2, 86400)
    assert seen["lamp"] == 0.5
    assert board.cell.options.uplink_loss == 0.25 and board.cell.options.cell_id == 5
    assert board.cell.address != seen["start"].address
    assert not board.cell.coverage and not stages[0].online
    assert (board.parts["meter"].faults.silent, board.parts["meter"].faults.corrupt_next) == (True, 3)
    assert board.modem.faults._urc_delay_ms == 700


def test_supply_trouble(scenario):
    run = play(
        scenario("""
            [[step]]
            at = "1m"
            power_cut = "10s"
            [[step]]
            at = "3m"
            brown_out = true
            [[expect]]
            at = "5m"
            resets = { cause = "power cut", at_least = 1, at_most = 1 }
        """)
    )
    assert run.resets == {"power cut": 1, "brown-out": 1}


# -- expectations


@pytest.mark.parametrize(
    ("expectation", "wrong"),
    [
        ("reports = { at_least = 99 }", r"reports: \d+, not 99 or more"),
        ("reports = { at_most = 1 }", r"reports: \d+, not 1 or fewer"),
        ('point = { name = "voltage", most = 3 }', "point: voltage is 2"),
        ('point = { name = "voltage", least = 300 }', "point: voltage is 2"),
        ('point = { name = "depth" }', "point: the newest report has no depth"),
        ('console = { text = "nobody prints this" }', "console: 0, not 1 or more"),
        ('console = { text = "node:", at_most = 0, at_least = 0 }', r"console: \d+, not 0 or fewer"),
        ('resets = { cause = "watchdog", at_least = 1 }', "resets: 0, not 1 or more"),
        ('result = { command = 1, status = "done" }', "result: command 1 has no result"),
        ('health = { name = "boots", least = 2 }', "health: boots is 1"),
        ('health = { name = "rung_moon" }', "health: the newest report has no rung_moon"),
        ('event = { name = "alarm" }', "event: 0, not 1 or more"),
        ('world = { name = "lamp_level", most = 0.5 }', "world: lamp_level is 1.0"),
        ('world = { name = "moon" }', "world: there is no moon"),
        ('configuration = "in force"', "configuration: it is none"),
    ],
)
def test_a_broken_expectation_says_when_and_why(scenario, expectation, wrong):
    text = f'[[expect]]\nat = "4m"\nreports = {{ at_least = 1 }}\n[[expect]]\nat = "4m"\n{expectation}\n'
    with pytest.raises(
        BrokenExpectationError, match=rf"expectation 2 broken at 4m00s \(240 s\), seed 7: {wrong}"
    ):
        play(scenario(text), seed=7)


@pytest.mark.parametrize("step", ["coverage = false", 'collector = "offline"'])
@pytest.mark.parametrize(("product", "taken"), [("smart_pole", "1[12]"), ("water_level", "10")])
def test_what_is_not_delivered_is_noticed(scenario, step, product, taken):
    steps = f'[[step]]\nat = "3m30s"\n{step}\n[[step]]\nat = "3m30s"\nconfiguration = {{ send_s = 0 }}\n'
    expects = '[[expect]]\nat = "8h10m"\nall_delivered_once = true\n'
    if product == "smart_pole":
        expects = expects.replace("8h10m", "10m")
    with pytest.raises(BrokenExpectationError, match=rf"\d of {taken} records are missing"):
        play(scenario(steps + expects, "9h"), product=product)


def test_a_node_that_takes_no_reports_is_noticed(scenario):
    def stop(stage):
        stage.queue.at(150_000_000, lambda: stage.simulated.chip.console_in(b"\x03"))

    with pytest.raises(BrokenExpectationError, match=r"the newest report is \d+ s old"):
        play(scenario('[[expect]]\nat = "10m"\nall_delivered_once = true\n', "10m"), prepare=stop)


def test_power_cuts_of_a_sleeping_node_lose_nothing(scenario):
    """Its numbers skip at each start."""
    cuts = "".join(f'[[step]]\nat = "{hour}h30m"\npower_cut = "1m"\n' for hour in (3, 10, 17))
    expects = '[[expect]]\nat = "26h"\nall_delivered_once = true\n'
    run = play(scenario(cuts + expects, "26h"), product="water_level")
    assert run.resets["power cut"] == 3


def test_a_report_that_is_missing_or_stored_twice_is_noticed(scenario):
    def lose(stage):
        stored = stage.store.reports
        stage.store.reports = lambda node: [r for r in stored(node) if r.seq != 1]

    def double(stage):
        stored = stage.store.reports
        stage.store.reports = lambda node: stored(node) * 2

    expects = scenario('[[expect]]\nat = "5m"\nall_delivered_once = true\n')
    for tamper, wrong in (
        (lose, r"1 of \d records are missing, the first is number 1"),
        (double, "stored twice"),
    ):
        with pytest.raises(BrokenExpectationError, match=wrong):
            run_scenario(load_board("smart_pole"), expects, prepare=tamper)


def test_a_power_cut_loses_nothing(scenario):
    play(
        scenario(
            """
            [[step]]
            at = "5m30s"
            power_cut = "1m"
            [[step]]
            at = "7m"
            command = { name = "lamp", arguments = [30] }
            [[expect]]
            at = "15m"
            all_delivered_once = true
            reports = { at_least = 13 }
            """,
            "15m",
        )
    )


def test_the_same_seed_is_the_same_run(scenario):
    hard = scenario("[cell]\nuplink_loss = 0.3\n")
    first = play(hard, seed=4).reports
    assert play(hard, seed=4).reports == first != play(hard, seed=5).reports


# -- files


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("title = 5", "not TOML|Cannot overwrite"),
        ("speed = 5", "scenario.toml: speed: there is no such key"),
        ('[[step]]\nat = "soon"\ncoverage = true', "step 1: at: 'soon' is no duration"),
        ("[[step]]\nat = 60\ncoverage = true", "step 1: at: a time is a text like 90s"),
        ('[[step]]\nat = "1m"', "step 1: says only when, not what"),
        ('[[step]]\nat = "1m"\nrain = { mm = 5, lasts = "0s" }', "step 1: rain: lasts: "),
        ('[[step]]\nat = "1m"\nrain = { mm = inf, lasts = "5m" }', "step 1: rain: mm: "),
        ('[[step]]\nat = "9m"\ncoverage = true', "step 1 is after the end"),
        ('[[step]]\nat = "1m"\ncoverage = 3', "step 1: coverage: "),
        ('[[step]]\nat = "1m"\ncell = { rsrp = -3 }', "step 1: cell: the cell has no option 'rsrp'"),
        ('[[step]]\nat = "1m"\ncell = { rsrp_dbm = "low" }', "step 1: cell: .*rsrp_dbm"),
        (
            '[[step]]\nat = "1m"\nmodem = { fault = "explode" }',
            "step 1: modem: modems have no fault 'explode'",
        ),
        (
            '[[step]]\nat = "1m"\nmodem = { fault = "garbage" }',
            "step 1: modem: garbage: missing .* 'bytes_count'",
        ),
        ('[[step]]\nat = "1m"\nmodem = { fault = "wedge", hard = 1 }', "step 1: modem: wedge: .* 'hard'"),
        ('[[step]]\nat = "1m"\nvehicle = "e280"', "step 1: vehicle: a tag has 12 bytes"),
        ('[[step]]\nat = "1m"\ncover = { knock = 3 }', "step 1: cover: knock: "),
        ('[[expect]]\nat = "1m"\nevent = { name = "party" }', "expect 1: event: there are no events 'party'"),
        (
            '[[expect]]\nat = "1m"\nevent = { name = "power", on = 1 }',
            "expect 1: event: events 'power' have no 'on'",
        ),
        (
            '[[expect]]\nat = "1m"\nreports = {}\n[[expect]]\nat = "1m"\nreports = { least = 1 }',
            "expect 2: reports: least: there is no such key",
        ),
    ],
)
def test_mistakes_are_named_with_their_place(scenario, text, complaint):
    with pytest.raises(ScenarioError, match=complaint):
        scenario(text)


@pytest.mark.parametrize(
    ("step", "complaint"),
    [
        ("world = { moon = 1 }", "step 2: world: there is no 'moon' to set"),
        ("world = { temperature_c = 1 }", "step 2: world: 'temperature_c' cannot be set"),
        ('part = { name = "sonar", silent = true }', "step 2: part: the board has no part 'sonar'"),
        ('part = { name = "meter", absent = true }', "step 2: part: .* 'meter' that can fail like that"),
        ("cover = { tilt = 40 }", "step 2: cover: no part of the board notices it"),
        ("water_mm = 3", "step 2: water_mm: no part of the board notices it"),
        ("sun = 0.5", "step 2: sun: no part of the board notices it"),
        ('door = "open"', "step 2: door: no part of the board notices it"),
        ("configuration = { speed = 5 }", "step 2: configuration: .*speed"),
    ],
)
def test_what_the_board_has_not_is_named_before_anything_runs(scenario, step, complaint):
    text = f'[[step]]\nat = "1m"\ncoverage = true\n[[step]]\nat = "1m"\n{step}\n'
    with pytest.raises(ScenarioError, match=complaint):
        play(scenario(text))


def test_crews_of_a_board_that_does_not_hear_them(scenario):
    with pytest.raises(ScenarioError, match="crews: no part of the board notices them"):
        play(scenario("crews = 1\n"))


def test_a_board_without_a_monitor_of_its_mains(scenario):
    with pytest.raises(ScenarioError, match="step 1: mains: the board does not monitor its mains"):
        play(scenario('[[step]]\nat = "1m"\nmains = "1s"\n'), product="manhole_cover")


def test_durations():
    assert [parse_duration(text) for text in ("90s", "1h30m", "2d")] == [90, 5400, 172_800]
    assert [show_duration(seconds) for seconds in (7.5, 90, 5405)] == ["7.5s", "1m30s", "1h30m05s"]
    for text in ("", "5", "1.5h", "h", "5m "):
        with pytest.raises(ValueError, match="is no duration"):
            parse_duration(text)


# -- the command


def test_the_command_shows_the_run_and_that_all_holds(capsys):
    outcome = run_here(capsys, "simulate", "smart_pole", "--json", "--scenario", str(DIM_THE_LAMP))
    *_, fared, held = outcome.json_lines
    assert outcome.code == 0 and "energy" in fared
    assert held == {"scenario": "A command dims the lamp", "seed": 0, "expectations": 3}


def test_the_command_fails_with_time_and_seed(capsys, tmp_path):
    file = tmp_path / "s.toml"
    file.write_text('title = "t"\nduration = "3m"\n[[expect]]\nat = "2m"\nreports = { at_least = 9 }\n')
    outcome = run_here(capsys, "simulate", "smart_pole", "--scenario", str(file), "--seed", "5")
    assert outcome.code == 1
    assert "error: expectation 1 broken at 2m00s (120 s), seed 5: reports: " in outcome.err
    assert "hint: The same seed shows it again" in outcome.err


@pytest.mark.parametrize("other", ["--serve", "--for 1h", "--boards 2"])
def test_options_that_do_not_go_with_it(capsys, other):
    outcome = run_here(capsys, "simulate", "smart_pole", "--scenario", str(DIM_THE_LAMP), *other.split())
    assert outcome.code == 1 and "--scenario is one board" in outcome.err

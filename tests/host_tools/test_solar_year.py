"""A year on the sun, day by day: the balance, the weather that it is of, and how it is told."""

import json
import random

import pytest

from host_tools.boards import find_board
from host_tools.boards.model import SolarUse
from host_tools.simulator.energy import solar
from host_tools.simulator.energy.life import Span, Taken
from host_tools.simulator.energy.solar import Day, SolarLife, lowest_share, weather
from host_tools.simulator.energy.year import CLIMATES, DAY_S
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.world import World
from host_tools.simulator.worlds.pack import CELL_MAH
from tests.host_tools.processes import run_here

PANEL = SolarUse(panel_w=1.0, tilt_deg=30.0)
CELL, SUN = (
    'cell = "ER34615"\npulse_capacitor = true\n',
    'cell = "LFP32700"\n[solar]\npanel_w = 0.02\ntilt_deg = 30\n',
)


def test_the_balance():
    dark, bright = Day(1, 0.0, 0.0, 0.0), Day(1, 5000.0, 0.0, 0.0)
    # The sun of a day comes after its night, and fills it up.
    for after in (bright, dark):
        assert lowest_share([dark] * 10 + [bright] + [after] * 5, CELL_MAH, 60.0, 60.0) == pytest.approx(0.89)
    assert lowest_share([dark] * 100 + [bright], CELL_MAH, 60.1, 60.1) == 0.0
    assert lowest_share([dark] * 100, 2 * CELL_MAH, 60.0, 60.0) == pytest.approx(0.5)
    # The 20 rainiest days are storms.
    wet = [Day(1, 0.0, float(mm), 0.0) for mm in range(40)]
    assert lowest_share(wet, CELL_MAH, 10.0, 100.0) == pytest.approx(1 - (20 * 10 + 20 * 100) / CELL_MAH)
    leaky = [Day(1, 0.0, 0.0, 0.01)] * 2
    assert lowest_share(leaky, CELL_MAH, 0.0, 0.0) == pytest.approx(0.99**2)


def test_a_year_of_weather():
    year = weather(PANEL, "22.5 N", 0)
    assert [sum(day.month == month for day in year) for month in (1, 2, 7)] == [31, 28, 31]
    assert year[0].month == 7
    assert 1000 < sum(day.rain_mm for day in year) < 3500
    wet = [day.offered_mah for day in year if day.rain_mm > 20]
    fine = [day.offered_mah for day in year if not day.rain_mm]
    assert sum(wet) / len(wet) < sum(fine) / len(fine)
    assert weather(PANEL, "22.5 N", 1) != year
    cold = weather(PANEL, "cold", 0)
    assert max(day.offered_mah for day in cold if day.month == 1) == 0.0
    # Its days are longer in summer, under the same clouds.
    june = [sum(day.offered_mah for day in days if day.month == 6) for days in (cold, year)]
    assert june[0] > 1.05 * june[1]
    assert min(day.leak for day in cold) < min(day.leak for day in year) / 3


def test_it_is_the_weather_that_a_board_would_have():
    queue = EventQueue()
    world = World(queue, random.Random("solar/3"), solar.BEGINS_UNIX, PANEL)
    world.mean_c, world.season_c = CLIMATES["22.5 N"]
    pack = world.battery
    queue.run_until(60 * DAY_S * 1_000_000)
    pack.take(0.0)
    days = weather(PANEL, "22.5 N", 3)[:60]
    assert sum(day.offered_mah for day in days) == pytest.approx(pack.offered_mah, rel=0.02)


def test_days_without_sun():
    life = SolarLife({"chip": 10.0}, {"chip": 10.0}, {}, CELL_MAH)
    charge_mah, days = CELL_MAH, 0
    while charge_mah > 600:
        charge_mah -= 10 + charge_mah * 0.03 / 30.4375
        days += 1
    assert life.dark_days(0.1) == pytest.approx(days, abs=2)
    assert life.dark_days(0.0) > life.dark_days(0.1) + 30


def test_what_a_panel_carries():
    dark = [Day(1, 0.0, 0.0, 0.0)]
    assert solar._carries_mah([dark * 90], CELL_MAH) == 59  # at 60 it would end at a tenth, which is low
    assert solar._carries_mah([dark * 90, dark * 100], CELL_MAH) == 53
    assert solar._carries_mah([[Day(1, 300.0, 0.0, 0.0)] * 1000], CELL_MAH) in range(300, 310)


@pytest.fixture
def board(tmp_path, monkeypatch):
    """A board with a small panel, whose nodes take what they are told here."""
    monkeypatch.setattr(solar, "YEARS", 3)

    def measure(board, seeds, days, period_s, tell):
        assert (seeds, days, period_s) == (1, 2, 3600)
        tell(1.0)
        frugal = Taken(Span(board, 0, 0, 2), {"chip": 1.0}, {"chip": 2.0})
        hungry = Taken(Span(board, 1, 0, 2), {"chip": 1.5, "modem": 2.5}, {"chip": 9.0, "modem": 3.0})
        return [frugal, hungry]

    monkeypatch.setattr(solar, "measure", measure)
    file = tmp_path / "board.toml"
    text = find_board("water_level").read_text(encoding="utf-8")
    file.write_text(text.replace(CELL, SUN), encoding="utf-8")
    return str(file)


def test_as_json(board, capsys):
    ran = run_here(capsys, "battery", board, "--days", "2", "--seeds", "1", "--json")
    assert ran.code == 0
    told = json.loads(ran.out)
    assert told["mah_per_day"] == {
        "dry": {"modem": 2.5, "chip": 1.5},
        "storm": {"chip": 9.0, "modem": 3.0},
    }
    warm, cold = told["climates"]["22.5 N"], told["climates"]["cold"]
    assert warm["years"] == warm["runs_through"] == warm["never_low"] == 3
    assert 0.8 < warm["lowest_share"] < 1 and cold["lowest_share"] < 0.9
    assert len(warm["harvest_mah_per_day"]) == 12
    assert cold["harvest_mah_per_day"][0] == 0 and 5 < min(warm["harvest_mah_per_day"]) < 20
    assert warm["carries_mah_per_day"] > cold["carries_mah_per_day"] > 4
    assert told["dark_days"]["low"] < told["dark_days"]["empty"]
    assert any("0.02 W of panel" in text for text in told["assumed"])
    assert not any("ER34615" in text for text in told["assumed"])


def test_in_words(board, capsys):
    ran = run_here(capsys, "battery", board, "--days", "2", "--seeds", "1")
    said = ran.out + ran.err
    assert "every 3600 s: 4 mAh a day in dry weather (modem 2.5, chip 1.5), 12 in a storm" in said.replace(
        "\n", " "
    )
    assert "22.5 N: runs through 3 of 3 seeded years, never low in 3" in said.replace("\n", " ")
    assert "Jan" in said and "without any sun: " in said


def test_cells_in_parallel(board, capsys):
    with open(board, encoding="utf-8") as file:
        text = file.read()
    with open(board, "w", encoding="utf-8") as file:
        file.write(text.replace('"LFP32700"', '"LFP32700"\nparallel = 3'))
    told = json.loads(run_here(capsys, "battery", board, "--days", "2", "--seeds", "1", "--json").out)
    cold = told["climates"]["cold"]
    assert cold["lowest_share"] > 0.93 and cold["carries_mah_per_day"] > 30
    assert any("3 LFP32700 of 6000 mAh" in text for text in told["assumed"])


def test_years_are_not_asked_of_the_sun(board, capsys):
    ran = run_here(capsys, "battery", board, "--years", "5")
    assert ran.code == 1 and "lives on the sun" in ran.err and "hint: " in ran.err

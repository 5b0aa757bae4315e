"""The example in docs/schedules.md does what the page says."""

import json
import re
from datetime import date
from pathlib import Path

from firmware.schedule.plan import Plan
from firmware.schedule.sun import DAY_S

PAGE = (Path(__file__).parent.parent.parent / "docs/schedules.md").read_text(encoding="utf-8")
PLACE, PLAN = (json.loads(block) for block in re.findall(r"^(?: {4,}.*\n)+", PAGE, re.MULTILINE))


def night(year, month, day):
    """The levels at 20:00, 2:00 and 12:00 after the evening of that day, in Shenzhen."""
    start = ((date(year, month, day) - date(2020, 1, 1)).days * 24 - 8) * 3600
    plan = Plan(PLACE, PLAN)
    return [plan.level_at(start + hour * 3600) for hour in (20, 26, 36)]


def test_the_example():
    assert night(2026, 9, 30) == [100, 40, 0]
    assert night(2026, 10, 1) == night(2026, 10, 7) == [100, 100, 0]
    assert night(2026, 10, 8) == [100, 40, 0]
    assert (date(2026, 10, 16) - date(2020, 1, 1)).days == PLAN[2][1][0]
    assert night(2026, 10, 16) == [0, 0, 0]
    assert Plan(PLACE, PLAN).next_change(2480 * DAY_S) is None

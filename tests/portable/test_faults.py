"""Faults: when they begin, when they are over, and over sleep."""

from firmware.faults import Faults
from protocols.message_numbers import OUT_OF_RANGE, SILENT, STUCK, WORKS
from protocols.report.encoder import INVALID


def point(name, part, stuck=None):
    return name, part, "x", 1, None, None, None, stuck


def told(points, *rows, sleeps=False, **options):
    """What begins or ends with the rows of values: index of the row -> what `judge` returned."""
    faults = Faults(points, **options)
    found = {}
    for i in range(len(rows)):
        if sleeps:
            faults = Faults(points, kept=faults.kept, told=faults.told, **options)
        changes = faults.judge(rows[i])
        if changes:
            found[i] = changes
    return found


def of_one(values, stuck=None, after=3):
    """The same for one point "p" of a part "m", awake and with sleep before each sample."""
    rows = [[value] for value in values]
    found = told([point("p", "m", stuck)], *rows, after=after)
    assert told([point("p", "m", stuck)], *rows, after=after, sleeps=True) == found
    return found


def test_silence_is_told_once_after_its_samples():
    assert of_one([1, None, None, None, None, 2, 3]) == {3: [("m", SILENT)], 5: [("m", WORKS)]}
    assert of_one([None], after=1) == {0: [("m", SILENT)]}


def test_short_silences_are_not_told():
    assert of_one([None, None, 1] * 4) == {}


def test_one_event_for_a_part_whose_points_are_all_missing():
    points = [point("a", "m"), point("b", "n"), point("c", "m")]
    rows = [[None, 1, 2]] * 5 + [[None, 1, None]] * 2 + [[None, 1, 3]]
    assert told(points, *rows, after=2) == {6: [("m", SILENT)], 7: [("m", WORKS)]}


def test_out_of_range():
    assert of_one([INVALID] * 5 + [1, 1]) == {2: [("p", OUT_OF_RANGE)], 5: [("p", WORKS)]}
    assert of_one([INVALID, INVALID, 1] * 4) == {}


def test_a_missing_sample_neither_ends_a_fault_nor_counts():
    values = [INVALID, None, INVALID, None, INVALID, None, 1]
    assert of_one(values) == {4: [("p", OUT_OF_RANGE)], 6: [("p", WORKS)]}


def test_stuck():
    assert of_one([7, 7, 7, 7, 7, 8, 8], stuck=4) == {3: [("p", STUCK)], 5: [("p", WORKS)]}
    assert of_one([7, 7, 7, 8, 7, 7, 7, 8], stuck=4) == {}
    assert of_one([7] * 9) == {}


def test_one_fault_may_follow_the_other():
    found = of_one([7, 7] + [INVALID] * 3 + [7, 7], stuck=2)
    assert found == {1: [("p", STUCK)], 4: [("p", OUT_OF_RANGE)], 5: [("p", WORKS)], 6: [("p", STUCK)]}


def test_what_is_wrong_is_told_again_after_a_silence():
    """A part and its only point may have the same name: the last word on it must be true."""
    values = [INVALID, INVALID, None, None, INVALID, INVALID, 1]
    found = told([point("m", "m")], *[[value] for value in values], after=2)
    whats = [OUT_OF_RANGE, SILENT, WORKS, OUT_OF_RANGE, WORKS]
    assert sorted(found) == [1, 3, 4, 5, 6]
    assert [found[i] for i in sorted(found)] == [[("m", what)] for what in whats]


def test_kept_is_small_and_of_one_boards_points():
    points = [point("a", "m", 5), point("b", "n")]
    faults = Faults(points)
    for _ in range(1 << 14):  # more than is counted
        faults.judge([7, None])
    kept, told = faults.kept, faults.told
    assert len(kept) == 12
    again = Faults(points, kept=kept, told=told)
    assert [again.judge([7, None]) for _ in range(6)] == [[]] * 6
    assert Faults(points, kept=kept, told=told).judge([8, 1]) == [("n", WORKS), ("a", WORKS)]
    for other in [kept[:size] for size in range(len(kept))] + [kept + b"\0"]:
        assert Faults(points, kept=other).kept == Faults(points).kept
    assert Faults(points[:1], kept=kept).kept == Faults(points[:1]).kept


def after_power_was_off(rows, unsure=0):
    """Two points of two parts, the first in a fault of each kind in turn: what the rows bring."""
    found = []
    points = [point("a", "m", 4), point("b", "n")]
    for before in ([[None, 1]] * 3, [[INVALID, 1]] * 3, [[7, 1]] * 4):
        faults = Faults(points)
        for row in before:
            faults.judge(row)
        assert len(faults.told) == 1
        faults = Faults(points, told=[code | unsure for code in faults.told])
        found.append([faults.judge([value, 1]) for value in rows])
    return found


def test_a_fault_is_known_after_power_was_off():
    for lasts, rows in enumerate(([None] * 5, [INVALID] * 5, [3] * 5)):
        assert after_power_was_off(rows)[lasts] == [[]] * 5
    silent, wrong, stuck = after_power_was_off([7, 8])
    assert silent == [[("m", WORKS)], []]
    assert wrong == [[("a", WORKS)], []]
    assert stuck == [[], [("a", WORKS)]]


def test_a_fault_that_may_not_have_been_told_is_told_again():
    for lasts, what in ((None, ("m", SILENT)), (INVALID, ("a", OUT_OF_RANGE))):
        index = 0 if lasts is None else 1
        assert after_power_was_off([lasts] * 4, unsure=1)[index] == [[], [], [what], []]


def test_kept_holds_all_values():
    for value in (0, -1, 2**29, -(2**29)):
        assert of_one([value] * 3 + [value + 1], stuck=3) == {2: [("p", STUCK)], 3: [("p", WORKS)]}

"""Notifications of tags made into passes."""

from drivers.tag_passes import TagPasses
from protocols.compat import ticks_add

A, B = b"\x01\x02", b"\x03\x04"


def test_one_pass_is_one_record():
    passes = TagPasses()
    for now_ms, rssi_dbm in ((1000, -70), (1100, -50), (1400, -62)):
        assert passes.heard(A, rssi_dbm, now_ms) == []
    assert passes.ended(1400 + 2999) == []
    assert passes.ended(1400 + 3000) == [(A, 1000, 400, 3, -50)]
    assert passes.ended(9999) == []


def test_a_tag_that_comes_back_passes_again():
    passes = TagPasses(gap_ms=500)
    passes.heard(A, -60, 0)
    assert passes.ended(500) == [(A, 0, 0, 1, -60)]
    passes.heard(A, -61, 600)
    assert passes.ended(1100) == [(A, 600, 0, 1, -61)]


def test_a_tag_that_comes_back_before_anybody_asked():
    passes = TagPasses(gap_ms=500)
    passes.heard(A, -60, 0)
    passes.heard(B, -60, 400)
    assert passes.heard(A, -61, 800) == [(A, 0, 0, 1, -60)]
    assert passes.ended(1300) == [(B, 400, 0, 1, -60), (A, 800, 0, 1, -61)]


def test_several_at_once_in_the_order_in_which_they_came():
    passes = TagPasses()
    passes.heard(B, -60, 10)
    passes.heard(A, -60, 20)
    passes.heard(B, -55, 30)
    assert passes.ended(3020) == [(A, 20, 0, 1, -60)]
    assert passes.ended(3030) == [(B, 10, 20, 2, -55)]
    passes.heard(B, -60, 4000)
    passes.heard(A, -60, 4001)
    assert [record[0] for record in passes.ended(9000)] == [B, A]


def test_no_room():
    """All are recorded as they are; none is lost, and one that stays passes once more."""
    passes = TagPasses(limit=2)
    passes.heard(A, -60, 0)
    passes.heard(B, -61, 1)
    assert passes.heard(b"\x05", -62, 2) == [(A, 0, 0, 1, -60), (B, 1, 0, 1, -61)]
    assert passes.heard(A, -60, 3) == []
    assert len(passes.ended(4000)) == 2


def test_over_the_wrap_of_the_ticks():
    passes = TagPasses()
    before = (1 << 30) - 100
    passes.heard(A, -60, before)
    passes.heard(A, -60, ticks_add(before, 200))
    assert passes.ended(ticks_add(before, 3100)) == []
    assert passes.ended(ticks_add(before, 3200)) == [(A, before, 200, 2, -60)]

"""Names of error numbers."""

from protocols.cme_errors import NAMES, describe


def test_names():
    assert describe(14) == "+CME ERROR: 14 (SIM busy)"
    assert describe(846) == "+CME ERROR: 846 (in PSM)"
    assert describe(999) == "+CME ERROR: 999 (not in the manuals)"
    assert all(isinstance(code, int) and name for code, name in NAMES.items())

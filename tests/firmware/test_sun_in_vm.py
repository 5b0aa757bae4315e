"""Sunrise and sunset are computed in small integers: what MicroPython allocates for them says so."""

from tests.test_portable_in_vm import run_in_vm

PROGRAM = """
import gc
from firmware.schedule.sun import rise_and_set
before = gc.mem_alloc()
rise_and_set(7000, 600000, -1800000)
print(gc.mem_alloc() - before)
"""


def test_a_day_leaves_little_garbage():
    """With large integers throughout it was 37 kB."""
    assert int(run_in_vm(PROGRAM).printed) < 1500

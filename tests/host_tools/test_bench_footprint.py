"""The footprint's figures agree with each other."""

import pytest

from host_tools.bench.footprint import product_figures
from host_tools.boards import load_board
from host_tools.build.firmware_files import firmware_files

POLE = load_board("smart_pole")


@pytest.fixture(scope="module")
def figures():
    return {f.name.removeprefix("smart_pole_"): f.value for f in product_figures(POLE, 1800, 3600)}


def test_what_is_loaded_is_on_flash(figures):
    size = sum(len(data) for path, data in firmware_files(POLE).items() if path.endswith(".mpy"))
    assert figures["flash"] * 1024 == size
    assert 0.5 * figures["flash"] < figures["least"] <= figures["loaded"] < figures["flash"]


def test_the_heap_holds_what_is_loaded(figures):
    """At about 1.6 times its size; the rest is the program's objects."""
    assert 1.5 * figures["loaded"] < figures["heap_first"] <= figures["heap"] < 2.2 * figures["loaded"]


def test_a_report_is_work_beyond_its_sample(figures):
    assert 10 < figures["first"] < 60
    assert 0 < figures["work_sample"] < figures["work_report"]

"""The pytest plugin: a node on the test's desk.  docs/testing.md says how to use it.

`--device sim:PRODUCT` is a simulated board in virtual time, with its world, network and collector;
`--device URL` is a board on a serial port, of which tests have the console only.

Everything heavy is imported by the fixture that needs it: pytest loads this file in every project of
whoever has citynode installed.
"""

import contextlib
from pathlib import Path

import pytest

SIMULATED = "sim:"
DEFAULT_DEVICE = "sim:smart_pole"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("citynode")
    group.addoption(
        "--device",
        default=DEFAULT_DEVICE,
        help="the node under test: sim:PRODUCT, or a serial port (/dev/ttyACM0, COM3, rfc2217://HOST:PORT)",
    )
    group.addoption("--device-seed", type=int, default=0, help="seed of a simulated device")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers", "device(**settings): how the simulated device starts (docs/testing.md)"
    )


@pytest.fixture
def board(request: pytest.FixtureRequest, tmp_path: Path):
    """The device under test, powered on when its time first moves; skips tests that need more than it has."""
    device = request.config.getoption("--device")
    if not device.startswith(SIMULATED):
        pytest.skip(f"needs a simulated device, not {device}")
    from host_tools.desk import Desk

    marker = request.node.get_closest_marker("device")
    settings = marker.kwargs if marker else {}
    seed = request.config.getoption("--device-seed")
    with contextlib.closing(Desk(device.removeprefix(SIMULATED), tmp_path, seed, **settings)) as desk:
        yield desk


@pytest.fixture
def serial(request: pytest.FixtureRequest):
    """The device's console: `text`, `write(data)`, `expect(text, within_s)`."""
    device = request.config.getoption("--device")
    if device.startswith(SIMULATED):
        yield request.getfixturevalue("board").serial
        return
    from host_tools.desk import SerialConsole

    with contextlib.closing(SerialConsole(device)) as console:
        yield console


@pytest.fixture
def clock(board):
    """Virtual time: `now_s`, `advance(seconds)`."""
    return board.clock


@pytest.fixture
def collector(board):
    """The node's server: `reports`, `health`, `events`, `wait_report(...)`, `wait_event(...)`,
    `command(...)`, `online`."""
    return board.collector


@pytest.fixture
def world(board):
    """The truth around the node: temperature, mains, lamp, noise."""
    return board.simulated.world


@pytest.fixture
def modem(board):
    """The modem's model; `board.simulated.cell` is its network."""
    return board.simulated.modem


@pytest.fixture
def faults(board):
    """Makes parts, coverage, modem, supply or flash go wrong; `host_tools.desk.Faults` has the names."""
    return board.faults

"""Unmodified esptool as a process: 5.6, which our tools use as well, and 4.8, from a folder of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ESPTOOL_4 = Path(sys.prefix, "esptool4")
VERSIONS = [
    pytest.param(
        "4.8",
        marks=pytest.mark.skipif(
            not ESPTOOL_4.is_dir() and "CI" not in os.environ, reason="`make setup` brings esptool 4.8"
        ),
    ),
    "5.6",
]
PATIENCE_S = 300  # far more than anything takes; only a failing test waits so long

# What 4.8 spells with underscores; its options are spelled as those of 5.6
COMMANDS = {"chip-id", "flash-id", "read-mac", "write-flash", "verify-flash", "read-flash", "erase-flash"}
UNDERSCORED = COMMANDS | {"erase-region", "no-reset"}


def esptool(version: str, port: str, *arguments: object, fails: bool = False) -> str:
    """What it prints, its white space made single spaces; arguments are spelled as for 5.6.

    A chip on a pseudo-terminal cannot be reset from there: the test holds it in the bootloader.
    """
    reset = [] if port.startswith("rfc2217") else ["--before", "no-reset", "--after", "no-reset"]
    words = ["--port", port, *reset, *map(str, arguments)]
    environment = dict(os.environ)
    if version == "4.8":
        assert ESPTOOL_4.is_dir(), "esptool 4.8 is missing: run `make setup`"
        environment["PYTHONPATH"] = str(ESPTOOL_4)
        words = [word.replace("-", "_") if word in UNDERSCORED else word for word in words]
    done = subprocess.run(
        [sys.executable, "-m", "esptool", *words],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        env=environment,
    )
    shown = " ".join((done.stdout + done.stderr).split())
    assert f"v{version}." in shown, shown
    assert (done.returncode != 0) == fails, shown
    return shown

"""Provisioning a node over its REPL, with mpremote, unmodified.

Keys travel in a script that mpremote runs from a file, never on a command line.
"""

import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError

from host_tools.provisioning.identity import (
    NVS_CREWS,
    NVS_KEY,
    NVS_NAMESPACE,
    NVS_STATE,
    Provision,
    ProvisionError,
)

TIMEOUT_S = 60
MPREMOTE_NAME = re.compile(r"^mpremote[.\w]*: ")  # its own, or that of one of its exceptions
ASK = (
    "import json, machine\n"
    "try:\n"
    " import board\n"
    " known = [board.PRODUCT, board.SCHEMA_ID]\n"
    "except ImportError:\n"
    " known = [None, None]\n"
    "print(json.dumps([list(machine.unique_id())] + known))\n"
)
Byte = Annotated[int, Field(ge=0, le=255)]
Mac = Annotated[list[Byte], Field(min_length=6, max_length=6)]
ANSWER = TypeAdapter(tuple[Mac, str | None, int | None])
# One commit: a node that loses power meanwhile has what it had, or all that is new.
SCRIPT = f"""\
from esp32 import NVS
nvs = NVS({NVS_NAMESPACE!r})
for key in {NVS_STATE!r}:
    try:
        nvs.erase_key(key)
    except OSError:
        pass
for key, content in {{blobs!r}}:
    nvs.set_blob(key, content)
nvs.commit()
"""


@dataclass(frozen=True)
class Found:
    """What the node on a port says of itself."""

    mac: bytes
    product: str
    schema_id: int


def identify(port: str) -> Found:
    """Ask the node who it is.  Raises ProvisionError."""
    answer = _mpremote(port, "resume", "exec", ASK)
    try:
        mac, product, schema_id = ANSWER.validate_json(answer.strip().rpartition("\n")[2])
    except ValidationError as error:
        raise ProvisionError(f"{port}: the node answers nonsense: {answer!r}", "Flash it again.") from error
    if product is None:
        raise ProvisionError(
            f"{port}: MicroPython answers, but there is no citynode firmware on it",
            "Flash it first: `citynode flash BOARD --port PORT`.",
        )
    return Found(bytes(mac), product, schema_id)


def write(port: str, provision: Provision) -> None:
    """Write the provisioning and restart the node.  Raises ProvisionError."""
    with tempfile.TemporaryDirectory() as folder:  # mode 0700
        file = Path(folder) / "provision.py"
        blobs = [(NVS_KEY, provision.to_json())]
        if provision.crews:
            blobs.append((NVS_CREWS, provision.crews))
        file.write_text(SCRIPT.format(blobs=blobs))
        _mpremote(port, "resume", "run", str(file), "+", "reset")


def _mpremote(port: str, *arguments: str) -> str:
    command = [sys.executable, "-m", "mpremote", "connect", port, *arguments]
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired as error:
        raise ProvisionError(f"{port}: no answer within {TIMEOUT_S} s", NOT_ANSWERING) from error
    if result.returncode:
        lines = (result.stderr.strip() or "mpremote gave no reason").splitlines()
        raise ProvisionError(f"{port}: {MPREMOTE_NAME.sub('', lines[-1])}", NOT_ANSWERING)
    return result.stdout


NOT_ANSWERING = (
    "Is it the right port, is the board powered, and does no other program hold the port? "
    "`citynode monitor --port PORT` shows what the board says; a blank one must be flashed first."
)

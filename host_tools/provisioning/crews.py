"""Crews that may open a cover: the file that holds a fob's identity, and what a node is given of it.

The fob's counter of seconds has an epoch of its own, so the file says what it showed, and when.
"""

import os
import secrets
import struct
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from host_tools.boards import board_names, load_board
from host_tools.collector.payload import EPOCH_UNIX_S
from host_tools.provisioning.identity import ProvisionError
from protocols.eddystone import IDENTITY, KEY_SIZE, MOST_EXPONENT

MOST = 4  # firmware/crew_tags.py
EXPONENT = 10  # of a new fob: 1024 s
PART = "crew_tags"  # in board files
COUNTER_PERIOD = 1 << 32
TEXT = """\
# The identity of a crew's fob, an Eddystone-EID beacon.  Who reads this can make another one.
# Give the fob key and exponent, then note what its counter of seconds shows, and when.
key = "{key}"
exponent = {exponent} # it changes what it sends every 2^{exponent} s
counter = 0
read_at = {now}
"""


class CrewFile(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    key: Annotated[str, Field(pattern=rf"^[0-9A-Fa-f]{{{2 * KEY_SIZE}}}$")]
    exponent: Annotated[int, Field(ge=0, le=MOST_EXPONENT)]
    counter: Annotated[int, Field(ge=0, lt=COUNTER_PERIOD)]
    read_at: AwareDatetime


@dataclass(frozen=True)
class Crew:
    """`ahead_s`: the fob's counter less the seconds since 2020, modulo 2^32, -2^31 to 2^31 - 1."""

    key: bytes
    exponent: int
    ahead_s: int


def check_knows_crews(product: str) -> None:
    """Raises ProvisionError for a product of ours that has no ear for fobs; others are believed."""
    if product in board_names() and not any(use.part == PART for use in load_board(product).parts.values()):
        raise ProvisionError(f"{product} knows no crews", f"Boards with a part '{PART}' do.")


def new_crew_file(path: Path) -> None:
    """A fresh key, for nobody else to read.  FileExistsError rather than to replace one."""
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    text = TEXT.format(key=secrets.token_hex(KEY_SIZE), exponent=EXPONENT, now=now)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)


def read_crew(path: Path) -> Crew:
    """Raises ProvisionError; what is wrong is told without the key."""
    hint = "`citynode crew new FILE` makes one; docs/configuration.md says what is in it."
    try:
        found = CrewFile(**tomllib.loads(path.read_text(encoding="utf-8")))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ProvisionError(f"{path}: this is no crew's file ({error})", hint) from None
    except ValidationError as error:
        fault = error.errors(include_input=False)[0]
        place = ".".join(map(str, fault["loc"]))
        raise ProvisionError(f"{path}: {place}: {fault['msg']}", hint) from None
    ahead_s = found.counter - (int(found.read_at.timestamp()) - EPOCH_UNIX_S)
    half = COUNTER_PERIOD // 2
    return Crew(bytes.fromhex(found.key), found.exponent, (ahead_s + half) % COUNTER_PERIOD - half)


def crews_for_node(crews: Sequence[Crew]) -> bytes:
    """What a node keeps of them.  ProvisionError: too many, or one of them twice."""
    if len(crews) > MOST:
        raise ProvisionError(f"{len(crews)} crews, a node knows {MOST}", "Give fewer files.")
    if len({crew.key for crew in crews}) < len(crews):
        raise ProvisionError("two crews have the same key", "Give each fob's file once.")
    return b"".join(struct.pack(IDENTITY, crew.key, crew.exponent, crew.ahead_s) for crew in crews)

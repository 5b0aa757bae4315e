"""Reading scenario files."""

import tomllib
from pathlib import Path

from pydantic import ValidationError

from host_tools.scenario.errors import ScenarioError
from host_tools.scenario.model import Scenario

# Where pydantic's words are about Python rather than about the file.
WORDS = {"extra_forbidden": "there is no such key", "missing": "must be given"}


def load_scenario(file: Path) -> Scenario:
    """Raises ScenarioError."""
    try:
        return Scenario(**tomllib.loads(file.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{file}: not TOML: {error}") from error
    except ValidationError as error:
        faults = (f"{file}: {_place(e['loc'])}{_words(e)}" for e in error.errors())
        raise ScenarioError("\n".join(faults)) from error


def _place(location: tuple[str | int, ...]) -> str:
    """("step", 2, "modem") -> "step 3: modem: "."""
    words = []
    for part in location:
        if isinstance(part, int) and words:
            words[-1] += f" {part + 1}"
        else:
            words.append(str(part))
    return "".join(f"{word}: " for word in words)


def _words(fault) -> str:
    return WORDS.get(fault["type"], fault["msg"].removeprefix("Value error, "))

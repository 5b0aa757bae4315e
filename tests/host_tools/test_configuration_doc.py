"""The examples in docs/configuration.md are what the page says."""

import re
import tomllib
from pathlib import Path

from firmware.configuration_check import LEAST_S, MAX_BYTES, RULE
from host_tools.boards import load_board
from host_tools.configuration_form import to_settings

PAGE = (Path(__file__).parent.parent.parent / "docs/configuration.md").read_text(encoding="utf-8")


def test_the_example_is_taken():
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    settings = to_settings(tomllib.loads(example), load_board("smart_pole"))
    assert settings["rules"] == {"voltage": {"above": 2505, "below": None, "hysteresis": 20}}
    assert settings["place"] == [480, 225431, 1140579]


def test_every_key_is_named():
    rows = "".join(re.findall(r"^\| (.*?) \|", PAGE, re.MULTILINE))
    assert all(key in rows for key in (*LEAST_S, *RULE, "place", "plans", "safe", "server"))
    assert f"{MAX_BYTES} bytes" in PAGE

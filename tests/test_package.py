"""What `pip install` brings: every file that lies beside the code, since some code opens it."""

import tomllib
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parent.parent
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
FOLDERS = [pattern.removesuffix("*") for pattern in SETTINGS["packages"]["find"]["include"]]
PATTERNS = ["*.py", *SETTINGS["package-data"]["*"]]


def files():
    """Paths in the packages, from the root of the tree."""
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path.relative_to(ROOT)


def test_every_file_is_packed():
    """setuptools takes folders whose names are identifiers, and of these the files of package-data."""
    found = list(files())
    for name in ("boards/smart_pole/board.toml", "firmware/main.py", "firmware/outbox/outbox.py"):
        assert Path(name) in found
    left_out = [
        str(path)
        for path in found
        if not all(part.isidentifier() for part in path.parts[:-1])
        or not any(fnmatch(path.name, pattern) for pattern in PATTERNS)
    ]
    assert left_out == []


def test_the_packages_are_all_that_the_tools_need():
    folders = {entry.name for entry in ROOT.iterdir() if (entry / "__init__.py").is_file()}
    assert folders - {"tests"} == set(FOLDERS)

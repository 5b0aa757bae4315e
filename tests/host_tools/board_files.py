"""Board files with faults: the smart pole's, edited."""

import re

import pytest

from host_tools.boards import BoardError, find_board, load_board

# An application is not what the edits are about, so that the product may gain or lose one.
GOOD = re.sub("application = .*\n", "", find_board("smart_pole").read_text(encoding="utf-8"))


def edited(*changes):
    """`changes`: (old text, new text), each in the file once."""
    text = GOOD
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def loaded(tmp_path, text):
    file = tmp_path / "board.toml"
    file.write_text(text, encoding="utf-8")
    return load_board(str(file))


def faults(tmp_path, text):
    """The lines of the error, without the path that each begins with."""
    file = tmp_path / "board.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(BoardError) as caught:
        load_board(str(file))
    lines = str(caught.value).splitlines()
    assert all(line.startswith(f"{file}: ") for line in lines)
    return [line.removeprefix(f"{file}: ") for line in lines]

"""What must hold of the settings of parts, beyond the file's shape."""

from collections.abc import Iterator

from firmware.configuration_check import check_setting
from host_tools.boards.model import PartKind, PartUse


def setting_faults(field: str, use: PartUse, kind: PartKind) -> Iterator[str]:
    """A line for each fault of what a board file sets, as the node would find it in a configuration."""
    for name, value in use.settings.items():
        what = f"{field}.settings.{name}"
        if name not in kind.settings:
            has = f"it has {', '.join(kind.settings)}" if kind.settings else "it has none"
            yield f"{what}: {use.part} has no such setting; {has}"
            continue
        try:
            check_setting(what, value, kind.settings[name])
        except ValueError as error:
            yield str(error)

"""`make bench`, or `make bench ONLY=fleet`: a table, and the same figures by name in build/bench.json."""

import json
import sys
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from host_tools.bench import batteries, chip, footprint, messages, modems, poles
from host_tools.boards import load_board
from host_tools.build.bundle import build
from host_tools.simulator.rom import rom_files

OUTPUT = Path("build/bench.json")
GROUPS = {
    "messages": messages.figures,
    "chip": chip.figures,
    "modems": modems.figures,
    "poles": poles.figures,
}
LONG = {  # only when asked for
    "batteries": batteries.figures,
    "fleet": poles.fleet_figures,
    "footprint": footprint.figures,
}


def main(only: str = "") -> None:
    """`only`: one of GROUPS or LONG."""
    if only and only not in GROUPS | LONG:
        sys.exit(f"bench: there is no group {only!r}; there are {', '.join(GROUPS | LONG)}")
    build(load_board("smart_pole"), use_stand_in=True)  # fills the caches: a first start is not measured
    rom_files()
    groups = [(GROUPS | LONG)[only]] if only else GROUPS.values()
    figures = [figure for group in groups for figure in group()]
    table = Table("figure", "value", "", "what")
    table.columns[1].justify = "right"
    for figure in figures:
        digits = 1 if figure.value >= 10 else 2
        table.add_row(figure.name, f"{figure.value:.{digits}f}", figure.unit, figure.what)
    Console().print(table)
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps({f.name: asdict(f) for f in figures}, indent=2) + "\n")
    print(f"written to {OUTPUT}")


if __name__ == "__main__":
    main(*sys.argv[1:])

"""What simulations in virtual time print when they are over."""

from collections.abc import Iterable

from host_tools.boards import Board, schemas_with
from host_tools.cli.energy import energy_as_dict, energy_as_line
from host_tools.cli.events import event_as_dict, event_as_line
from host_tools.cli.output import emit, people
from host_tools.cli.reports import as_dict, as_line
from host_tools.collector.core import DecodedEvent
from host_tools.simulator.simulation import BoardRun


def show_runs(runs: Iterable[BoardRun], board: Board, json: bool) -> None:
    """All reports and events in order of time, then how each board fared."""
    runs = list(runs)
    schemas = schemas_with(board)
    told = [item for run in runs for item in (*run.reports, *run.health, *run.events)]
    for item in sorted(told, key=lambda item: (item.time, item.node, item.seq)):
        if isinstance(item, DecodedEvent):
            as_json, line = event_as_dict(item, schemas), event_as_line(item, schemas)
        else:
            as_json, line = as_dict(item), as_line(item)
        if json:
            emit(as_json)
        else:
            people.print(line)
    for run in runs:
        _show_run(run, board, json)


def _show_run(run: BoardRun, board: Board, json: bool) -> None:
    """How a board's chip fared, and what it took."""
    if json:
        heap = {"bytes": run.heap_bytes, "high_water": run.heap_high_water}
        emit({"node": run.node, "heap": heap, "resets": run.resets, "energy": energy_as_dict(run.energy)})
        return
    resets = ", ".join(f"{count} x {cause}" for cause, count in run.resets.items()) or "none"
    people.print(
        f"{run.node}: live heap at most {run.heap_high_water / 1024:.0f} of {run.heap_bytes / 1024:.0f} KiB,"
        f" resets: {resets}"
    )
    people.print(f"{run.node}: {energy_as_line(run.energy, board.sleeps)}")

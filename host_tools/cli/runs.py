"""What simulations in virtual time print when they are over."""

from collections.abc import Iterable

from host_tools.cli.energy import energy_as_dict, energy_as_line
from host_tools.cli.output import emit, people
from host_tools.cli.reports import as_dict, as_line
from host_tools.simulator.simulation import BoardRun


def show_runs(runs: Iterable[BoardRun], json: bool) -> None:
    """All reports in order of time, then how each board fared."""
    runs = list(runs)
    reports = [report for run in runs for report in run.reports]
    for report in sorted(reports, key=lambda report: (report.time, report.node, report.seq)):
        if json:
            emit(as_dict(report))
        else:
            people.print(as_line(report))
    for run in runs:
        _show_run(run, json)


def _show_run(run: BoardRun, json: bool) -> None:
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
    people.print(f"{run.node}: {energy_as_line(run.energy)}")

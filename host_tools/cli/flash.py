"""`citynode flash`: a board's images onto a chip."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from host_tools.boards import load_board, table_of
from host_tools.build import bundle as bundles
from host_tools.build.bundle import Bundle, BundleError
from host_tools.chips import chips
from host_tools.cli.boards import BoardArgument
from host_tools.cli.output import Json, Port, command, emit, people
from host_tools.flashing import FlashResult, flash_bundle


@command
def run(
    board: BoardArgument,
    port: Port,
    images: Annotated[
        Path | None, typer.Option(show_default="build afresh", help="Folder made by `citynode build`.")
    ] = None,
    json: Json = False,
) -> None:
    """Write bootloader, partition table, MicroPython and firmware, verify them, and start the board."""
    bundle = _bundle(board, images)
    result = _flash(port, bundle, show=people.is_terminal and not json)
    if json:
        facts = {"board": bundle.board, "chip": result.chip, "mac": result.mac.hex(":")}
        emit({**facts, "bytes": result.bytes_written, "seconds": round(result.seconds, 1)})
        return
    people.print(
        f"flashed {bundle.board} onto {result.chip} {result.mac.hex(':')}: "
        f"{result.bytes_written:,} bytes, verified, in {result.seconds:.1f} s"
    )


def _bundle(board: str, images: Path | None) -> Bundle:
    model = load_board(board)
    if images is None:
        return bundles.build(model)
    bundle = bundles.load(images)
    if (bundle.board, bundle.chip) != (model.name, model.chip):
        raise BundleError(
            f"{images} is for {bundle.board} ({bundle.chip}), not for {model.name} ({model.chip})",
            f"Build the right one: citynode build {board}",
        )
    if (bundle.flash_size, bundle.schema_id) != (model.flash_size, table_of(model).schema_id):
        raise BundleError(
            f"{images} was built from another state of the board file",
            f"Build it again: citynode build {board}",
        )
    return bundle


def _flash(port: str, bundle: Bundle, show: bool) -> FlashResult:
    columns = (TextColumn("{task.description:>16}"), BarColumn(), TextColumn("{task.percentage:>3.0f} %"))
    with Progress(*columns, TimeElapsedColumn(), console=people, disable=not show) as bars:
        tasks: dict[str, int] = {}

        def progress(name: str, fraction: float) -> None:
            if name not in tasks:
                tasks[name] = bars.add_task(name, total=1.0)
            bars.update(tasks[name], completed=fraction)

        parts = [(part.offset, part.data, part.name) for part in bundle.parts]
        return flash_bundle(port, chips()[bundle.chip], parts, progress, bundle.simulated_only)

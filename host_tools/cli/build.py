"""`citynode build`: a board's images, into a folder."""

import shutil
from pathlib import Path
from typing import Annotated

import typer

from host_tools.boards import load_board
from host_tools.build import bundle as bundles
from host_tools.build.frozen import MANIFEST, frozen_files
from host_tools.cli.boards import BoardArgument
from host_tools.cli.output import Json, command, emit, people


@command
def run(
    board: BoardArgument,
    out: Annotated[
        Path | None, typer.Option(show_default="build/BOARD", help="Folder for the images.")
    ] = None,
    stand_in: Annotated[
        bool,
        typer.Option("--stand-in", help="Use stand-in images even if an official MicroPython was added."),
    ] = False,
    frozen: Annotated[
        bool,
        typer.Option("--frozen", help="Also write the sources to freeze into a MicroPython of your own."),
    ] = False,
    json: Json = False,
) -> None:
    """Build the four images of a board: bootloader, partition table, MicroPython, firmware."""
    model = load_board(board)
    bundle = bundles.build(model, use_stand_in=stand_in)
    folder = out or Path("build") / model.name
    bundle.save(folder)
    if frozen:
        _save(folder / "frozen", frozen_files(model))
    if json:
        emit({"folder": str(folder), **bundle.manifest()})
        return
    for part in bundle.parts:
        people.print(f"  {part.offset:#09x}  {len(part.data):>9,} bytes  {part.name}")
    if frozen:
        people.print(f"to freeze: make FROZEN_MANIFEST={(folder / 'frozen' / MANIFEST).resolve()}")
    people.print(f"built {bundle.board} for {bundle.chip} in {folder}")
    if bundle.simulated_only:
        people.print(
            "MicroPython is a stand-in: good for simulated boards only. "
            "For hardware, give the official image once: citynode micropython add FILE"
        )


def _save(folder: Path, files: dict[str, str]) -> None:
    """Write the files, and nothing beside them: what lies there is frozen."""
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")

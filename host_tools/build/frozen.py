"""The same program for a custom MicroPython image that has it frozen: sources, and their manifest.

Frozen code runs from flash: it needs a quarter of the heap, and no time to load (docs/adr/0015).
"""

from host_tools.boards import Board
from host_tools.build.firmware_files import (
    DEVICE_PACKAGES,
    board_module,
    device_sources,
    modules_of,
    path_on_node,
)

MANIFEST = "manifest.py"
MANIFEST_TEXT = """\
# The frozen modules of a {product} node, for MicroPython's build: make FROZEN_MANIFEST=THIS_FILE.
include("$(PORT_DIR)/boards/manifest.py")
module("main.py", opt=1)
module("board.py", opt=1)
"""


def frozen_files(board: Board) -> dict[str, str]:
    """Relative path -> text; the modules are those of `firmware_files`, compiled by MicroPython's build."""
    sources = {path_on_node(module): device_sources()[module] for module in modules_of(board)}
    packages = "".join(f'package("{package}", opt=1)\n' for package in DEVICE_PACKAGES)
    return {
        MANIFEST: MANIFEST_TEXT.format(product=board.name) + packages,
        "main.py": device_sources()["firmware.main"],
        "board.py": board_module(board),
        **sources,
    }

"""The real main.py on a chip, with a node of the test's own: for what happens when a program ends."""

from host_tools.build.firmware_files import path_on_node, source_path
from host_tools.mpy import compile_module
from tests.host_tools.board_bench import BoardBench

PRODUCT = "bench"
MODULES = (
    "firmware",
    "firmware.crash",
    "firmware.hardware",
    "firmware.kept",
    "firmware.loop_watch",
    "firmware.watchdog",
    "protocols",
    "protocols.compat",
)
OUTBOX = (
    *("firmware.outbox", "firmware.outbox.log_segment", "firmware.outbox.log_state"),
    *("firmware.outbox.outbox", "firmware.outbox.record_log", "firmware.outbox.records"),
    *("firmware.outbox.sequence_numbers", "protocols.cbor_decoder", "protocols.cbor_encoder"),
    *("protocols.cbor_values", "protocols.cbor_writer", "protocols.errors"),
    *("protocols.report", "protocols.report.encoder", "protocols.report.layout"),
)
OPENED = """
from esp32 import NVS
from firmware.outbox.outbox import Outbox
from firmware.outbox.record_log import RecordLog
from firmware.outbox.sequence_numbers import SequenceNumbers

log = RecordLog("/outbox", 16)
numbers = SequenceNumbers(NVS("citynode"), log.last + 1)
outbox = Outbox(log, numbers)
"""


def files(node, modules=(), life="firmware.tried"):
    """The node's file system; `node` is the source of its life, with `async def main(safe)`.

    life: the module that it is put in place of.
    """
    result = {
        "main.py": source_path("firmware.main").read_text(),
        "lib/board.py": f"PRODUCT, LIFE = {PRODUCT!r}, {life!r}\n",
        f"lib/{life.replace('.', '/')}.py": node,
    }
    for module in (*MODULES, *modules):
        name = path_on_node(module)
        result["lib/" + name.removesuffix(".py") + ".mpy"] = compile_module(source_path(module), name)
    return result


class LifeBench(BoardBench):
    """`resets_s`: (cause, second) of each."""

    def __init__(self, node, modules=(), life="firmware.tried"):
        super().__init__(files(node, modules, life))
        self.resets_s = []
        self._known = {}
        self.chip.on_reset = self._note

    def _note(self):
        for cause, count in self.chip.resets.items():
            if count != self._known.get(cause, 0):
                self.resets_s.append((cause, self.queue.now_us / 1e6))
        self._known = dict(self.chip.resets)


def said(console):
    """The lines that begin with `node:`, without it, but for what main.py says of the product."""
    lines = [line[5:].strip() for line in console.splitlines() if line.startswith("node:")]
    return [line for line in lines if PRODUCT not in line]

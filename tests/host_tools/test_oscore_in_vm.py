"""OSCORE's state in the memories of a simulated chip: what a deep sleep keeps, and what ends it."""

from pathlib import Path

from tests.host_tools.board_bench import BoardBench

ROOT = Path(__file__).parent.parent.parent
FILES = [
    "protocols/__init__.py",
    "protocols/oscore/__init__.py",
    "protocols/oscore/client_state.py",
    "protocols/oscore/sequence.py",
]
MAIN = """
import machine
from esp32 import NVS
from protocols.oscore.client_state import ClientState

class Flash:
    def __init__(self):
        self.nvs = NVS("oscore")

    def load(self):
        record = bytearray(64)
        try:
            return bytes(record[:self.nvs.get_blob("context", record)])
        except OSError:
            return b""

    def store(self, record):
        self.nvs.set_blob("context", record)
        self.nvs.commit()

class Witness:
    load = store = machine.RTC().memory

state = ClientState(Flash(), Witness())
if state.id_context is None:
    print("fresh; flash holds", len(Flash().load()))
    state.begin(b"id context")
number = state.take()
print(number)
if number < 3:
    machine.deepsleep(100)
"""


def board():
    files = {path: (ROOT / path).read_text() for path in FILES}
    return BoardBench({**files, "main.py": MAIN})


def said(console):
    return [line for line in console.split("\r\n") if line.startswith("fresh") or line.isdigit()]


def test_deep_sleeps_continue_and_a_power_cut_begins_anew():
    bench = board()
    assert said(bench.run(3)) == ["fresh; flash holds 0", "0", "1", "2", "3"]
    assert said(bench.run(3)) == ["fresh; flash holds 14", "0", "1", "2", "3"]

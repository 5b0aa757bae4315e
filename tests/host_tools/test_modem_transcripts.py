"""Each modem model plays the dialogue that its manual shows, from power-on over PSM and back."""

from pathlib import Path

import pytest

from host_tools.simulator.modems.bc26 import Bc26
from host_tools.simulator.modems.bc95 import Bc28, Bc95G
from host_tools.simulator.modems.m5311 import M5311
from host_tools.simulator.modems.sim7020 import Sim7020
from tests.host_tools.modem_bench import Port, acknowledging, play

TRANSCRIPTS = Path(__file__).parent / "data" / "modems"


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("name", "model", "rate"),
    [
        ("bc26", Bc26, 115200),
        ("bc95g", Bc95G, 9600),
        ("bc95g", Bc28, 9600),
        ("sim7020", Sim7020, 115200),
        ("m5311", M5311, 115200),
    ],
)
def test_transcript(name, model, rate, seed):
    port = acknowledging(Port(model, seed, rate))
    play(port, (TRANSCRIPTS / f"{name}.txt").read_text(encoding="utf-8"))

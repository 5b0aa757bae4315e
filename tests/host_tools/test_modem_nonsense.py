"""Whatever a host types, a modem model answers: every command with arguments without sense, and noise."""

import random

import pytest

from tests.host_tools.modem_bench import Port
from tests.host_tools.test_modem_faults import MODELS, RATES

ARGUMENTS = (
    *("", "0", "1", "2", "5", "17", "255", "1358", "99999999", "-1", "x", "TRUE", "UDP", '"UDP"', "DGRAM"),
    *(
        '"203.0.113.10"',
        "203.0.113.10",
        "5683",
        "0x200",
        '"41"',
        "41",
        "4",
        '"',
        '""',
        '"0101"',
        '"00100001"',
    ),
    *('"IP"', '"dataformat"', '"dsevent"', "AUTOCONNECT", "é", "\x00"),
)
REBOOTS = ("+QRST", "+NRB", "+CRESET", "+CMRB", "+COLDRB", "+QPOWD", "+CPOWD", "+CPOF", "+IPR", "+NATSPEED")


def nonsense(rng, commands):
    name = rng.choice(commands)
    arguments = ",".join(rng.choice(ARGUMENTS) for _ in range(rng.randint(0, 7)))
    return f"AT{name}{arguments if name.endswith('=') else ''}"


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("model", MODELS)
def test_every_command_is_answered(model, seed):
    rng = random.Random(seed)
    port = Port(model, seed, RATES.get(model, 115200)).boot()
    port.ask("ATE0", 60)
    commands = [name for name in port.module.dialect.commands if not name.startswith(REBOOTS)]
    answered = 0
    for _ in range(400):
        text = nonsense(rng, commands)
        said = port.ask(text, 1)
        if not said:  # asleep, slow, or it waits for data
            port.press("reset", 1)
            port.boot().ask("ATE0")
        else:
            assert "\r\nOK\r\n" in said or "ERROR" in said or "\r\n> " in said, (text, said)
            answered += 1
    assert answered > 200


@pytest.mark.parametrize("model", MODELS)
def test_noise(model):
    rng = random.Random(1)
    port = Port(model, rate=RATES.get(model, 115200))
    port.boot()
    for _ in range(50):
        port.line.from_board(rng.randbytes(rng.randint(1, 200)))
        port.wait(1)
    port.press("reset", 1)
    port.boot()
    assert port.answers()

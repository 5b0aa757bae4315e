"""Parts that are made of other parts: what their board files must not say, and how the node makes them."""

import pytest

from host_tools.boards import find_board
from tests.host_tools.board_files import faults

GOOD = find_board("manhole_cover").read_text(encoding="utf-8")
USES = 'uses = { tilt = "tilt", magnet = "cover", water = "water", crew = "crew" }'


@pytest.mark.parametrize(
    ("uses", "fault"),
    [
        (
            'uses = { tilt = "tilt", magnet = "cover" }',
            "parts.guard.uses: manhole_guard needs a part as 'water'",
        ),
        (
            USES.replace("water =", "sewer ="),
            "parts.guard.uses.sewer: manhole_guard has no such role; it has tilt, magnet, water, crew",
        ),
        (USES.replace('"crew"', '"mob"'), "parts.guard.uses.crew: the board has no part 'mob'"),
        (USES.replace('"water"', '"float"'), "parts.guard.uses.water: the board has no part 'float'"),
        (USES.replace('"water"', '"modem"'), "parts.guard.uses.water: the board has no part 'modem'"),
        (USES.replace('"water"', '"guard"'), "parts.guard.uses: guard would be made of itself"),
        (
            USES.replace('"crew"', '"pressure"'),
            "parts.guard.uses.crew: ms5837 does not fit; crew_tags does",
        ),
        (USES + '\ni2c = "sensors"', "parts.guard.i2c: manhole_guard is not on I2C"),
    ],
)
def test_faults(tmp_path, uses, fault):
    assert GOOD.count(USES) == 1
    assert fault in faults(tmp_path, GOOD.replace(USES, uses))


def test_a_part_that_is_made_of_none(tmp_path):
    text = GOOD.replace('part = "battery"', 'part = "battery"\nuses = { tilt = "tilt" }')
    assert faults(tmp_path, text) == ["parts.battery.uses.tilt: battery has no such role; it has none"]


def test_two_that_are_made_of_each_other(tmp_path):
    back = USES.replace('"water"', '"guard"')
    other = f'[parts.other]\npart = "manhole_guard"\n{back}\n\n[points]'
    text = GOOD.replace(USES, USES.replace('"water"', '"other"')).replace("[points]", other)
    assert faults(tmp_path, text)[-2:] == [
        "parts.guard.uses: guard would be made of itself",
        "parts.other.uses: other would be made of itself",
    ]


def test_a_node_that_sleeps_has_no_application(tmp_path):
    text = GOOD.replace("sleeps = true", 'sleeps = true\napplication = "rfid_reader"')
    assert any(line.startswith("application: one runs for ever") for line in faults(tmp_path, text))

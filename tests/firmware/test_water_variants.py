"""Water gauges with other sensors than the product's: what they measure arrives, also when a sensor dies."""

import re
from pathlib import Path

import pytest

from host_tools.boards import find_board
from protocols.message_numbers import ALARM, FAULT, SILENT
from tests.firmware.sleeper_bench import HOUR_S, sleeper

RISES_S, FALLS_S, DIES_S = 1.6 * HOUR_S, 2.2 * HOUR_S, 3.9 * HOUR_S
BOARD = find_board("water_level").read_text(encoding="utf-8")
RS485 = """
[uart.sensors485]
id = 2
tx = 15
rx = 16
de = 21
baudrate = {}
"""
PROBE = 'part = "hydrostatic_ads1115"\ni2c = "sensors"\naddress = 0x48\npins = { power = 13 }'
QDY = 'part = "qdy30a"\nuart = "sensors485"\naddress = 1\npins = { power = 12 }'
RADAR = 'part = "radar_sen0676"\nuart = "sensors485"\naddress = 1\npins = { power = 12 }'
RAIN = 'part = "rain_counter"\ni2c = "sensors"\naddress = 0x50\npins = { alarm = 5 }'
SENSOR_POINT = 'sensor = { source = "sensor.level_mm", path = "3330/9/5700", unit = "m", scale = 0.001 }\n'
# Of each: its sensor, the line that it is on, its role, whether there is a rain gauge, and how it dies.
VARIANTS = {
    "4-20 mA": (PROBE, "", "probe", False, lambda part: setattr(part, "cut", True)),
    "RS-485": (QDY, RS485.format(9600), "probe", False, lambda part: setattr(part.faults, "silent", True)),
    "radar and rain": (
        *(RADAR, RS485.format(115_200), "echo", True),
        lambda part: setattr(part.faults, "silent", True),
    ),
}


def variant(folder, sensor, line, role, has_rain):
    """A board file: the product's, with these sensors."""
    head, _, rest = BOARD.partition("[uart.ultrasonic]")
    buses = "[i2c.sensors]" + rest.partition("[i2c.sensors]")[2].partition("[parts.surface]")[0]
    battery = "[parts.battery]" + BOARD.partition("[parts.battery]")[2].partition("[parts.gauge]")[0]
    uses = f'{role} = "sensor"' + (', rain = "rain"' if has_rain else "")
    gauge = f'[parts.gauge]\npart = "water_gauge"\nuses = {{ {uses} }}\n'
    rain = f"[parts.rain]\n{RAIN}\n" if has_rain else ""
    wanted = "gauge|battery|rain" if has_rain else "gauge|battery"
    points = re.findall(rf'^\w+ = {{ source = "(?:{wanted})\..*\n', BOARD, re.MULTILINE)
    text = head + line + buses + f"[parts.sensor]\n{sensor}\n" + rain + battery + gauge
    text += "[points]\n" + SENSOR_POINT + "".join(points)
    if not has_rain:
        text = text.replace('wake = ["rain.alarm"]\n', "")
    file = folder / "board.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


@pytest.mark.parametrize("name", VARIANTS)
def test_what_it_measures_arrives_and_a_dead_sensor_is_a_fault(tmp_path, name):
    *made, dies = VARIANTS[name]
    has_rain = made[-1]
    with sleeper(variant(tmp_path, *made)) as bench:
        bench.at(RISES_S, lambda: bench.world.water.force(230))
        bench.at(FALLS_S, lambda: bench.world.water.force(0))
        bench.at(DIES_S, lambda: dies(bench.simulated.parts["sensor"]))
        bench.at(DIES_S, lambda: at_death.append(bench.account.drawn_mah()["chip active"]))
        at_death = []
        bench.run(13.2)
        for taken_s, level in bench.arrived("level"):
            true = 0.23 if RISES_S < taken_s < FALLS_S else 0.0
            assert (level is None) if taken_s > DIES_S else (abs(level - true) < 0.006), (taken_s, level)
        alarms = [event for event in bench.events if event.code == ALARM]
        assert [event.data[1] for event in alarms] == [1, 0]
        # By the hour, but where no rain gauge would wake it: each quarter of one.
        noticed_s = alarms[0].time.timestamp() - bench.options.start_unix
        assert noticed_s < RISES_S + (1450 if has_rain else 550)
        faults = {tuple(event.data) for event in bench.events if event.code == FAULT}
        assert faults == {("sensor", SILENT)} | (set() if has_rain else {("gauge", SILENT)})
        last_s, battery = bench.arrived("battery")[-1]
        assert last_s > 7 * HOUR_S and battery > 3
        assert bench.simulated.chip.resets == {"deep-sleep": len(bench.wakes) + 1}
        # No endless attempts: with a dead sensor there are no more wakes, and each is a few seconds.
        late = [wake for wake in bench.wakes if wake > DIES_S]
        assert len(late) <= (11 if has_rain else 38)
        assert bench.account.drawn_mah()["chip active"] - at_death[0] < 32 * 5 * len(late) / 3600


FLOW = '\n\n[parts.pipe]\npart = "flow_tuf2000m"\nuart = "sensors485"\naddress = 2\n'
FLOW_POINTS = """
pipe_flow = { source = "pipe.flow_mlps", path = "3445/1/2", unit = "m3/s", scale = 0.00001 }
pipe_volume = { source = "pipe.volume_m3", path = "3330/8/5700", unit = "m3", scale = 1 }
"""


def test_a_flow_meter_beside_the_probe(tmp_path):
    """Two on one line, one of which keeps its supply."""
    file = Path(variant(tmp_path, QDY + FLOW, RS485.format(9600), "probe", False))
    file.write_text(file.read_text(encoding="utf-8") + FLOW_POINTS, encoding="utf-8")
    with sleeper(str(file)) as bench:
        truth = {}
        for minute in range(8 * 60):
            bench.at(60 * minute, lambda m=minute: truth.update({m: bench.world.stream.pipe_lps / 1000}))
        bench.world.water.force(120)
        bench.at(DIES_S, lambda: setattr(bench.simulated.parts["pipe"].faults, "silent", True))
        bench.run(7.2)
        for taken_s, values in bench.arrived():
            assert abs(values["level"] - 0.12) < 0.002, taken_s
            if taken_s > DIES_S:
                assert values["pipe_flow"] is None and values["pipe_volume"] is None
            else:
                assert abs(values["pipe_flow"] - truth[round(taken_s / 60)]) < 0.0002, taken_s
                assert abs(values["pipe_volume"] - 0.012 * taken_s) < 2
        faults = {tuple(event.data) for event in bench.events if event.code == FAULT}
        assert faults == {("pipe", SILENT)}

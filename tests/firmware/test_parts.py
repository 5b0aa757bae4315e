"""Every kind of part on a board of its own: built, wired and read by the node's own code in the VM."""

import ast

from host_tools.boards import load_board
from host_tools.boards.model import part_kinds
from host_tools.build.bundle import build
from host_tools.simulator.board import BoardOptions, SimulatedBoard
from host_tools.simulator.internet import VirtualInternet
from host_tools.simulator.kernel import EventQueue

START_UNIX = 1_767_225_600
BOARD = """
name = "smart_pole"
title = "Bench"
chip = "esp32s3"
flash_size = "8MB"
report_s = 60

[uart.modem]
id = 1
tx = 17
rx = 18
baudrate = 115200

[modem]
part = "bc26"
uart = "modem"
pins = { pwrkey = 6, reset = 7, psm_eint = 10, power = 11 }

[points]
"""
CABINET = """
[uart.rs485]
id = 2
tx = 15
rx = 16
de = 42
baudrate = 2400
parity = "even"

[i2c.sensors]
id = 0
sda = 8
scl = 9

[spi.meter]
id = 2
sck = 4
mosi = 5
miso = 13
frequency_hz = 400000

[parts]
mains = { part = "dlt645_meter", uart = "rs485", address = "202501234567" }
contactor = { part = "contactor", pins = { coil = 12, feedback = 21 } }
door = { part = "door_contact", pins = { contact = 38 } }
lamp_meter = { part = "bl0942_spi", spi = "meter", pins = { cs = 14 } }
cover = { part = "lis2dw12", i2c = "sensors", address = 0x19, pins = { int1 = 3 } }
level = { part = "hydrostatic_ads1115", i2c = "sensors", address = 0x48, pins = { power = 40 } }
battery = { part = "battery", pins = { adc = 1 } }
"""
ON_UART = """
[uart.part]
id = 2
tx = 15
rx = 16
baudrate = %d

[parts]
%s = { part = "%s", uart = "part", pins = { %s = 12 } }
"""
READ_ALL = b"""
import asyncio
import board
from firmware.hardware import Hardware

async def main():
    parts = Hardware(board.PARTS).parts
    if "contactor" in parts:
        parts["contactor"].set(True)
        print(("contactor", await parts["contactor"].read()))
    for name in sorted(parts):
        print((name, await parts[name].read()))

asyncio.run(main())
"""
LISTEN = b"""
import asyncio
import board
from firmware.hardware import Hardware

async def listen(reader):
    await reader.start()
    async for epc, rssi_dbm in reader:
        print((bytes(epc), rssi_dbm))

async def main():
    reader = Hardware(board.PARTS).parts["reader"]
    try:
        await asyncio.wait_for(listen(reader), 300)
    except asyncio.TimeoutError:
        await reader.stop()

asyncio.run(main())
"""


def run(tmp_path, parts, program, seconds, prepare=lambda world: None):
    """What the program prints, line by line, and the board after it."""
    file = tmp_path / "board.toml"
    file.write_text(BOARD + parts)
    product = load_board(str(file))
    queue = EventQueue()
    board = SimulatedBoard(
        product, queue, VirtualInternet(queue), BoardOptions(seed=1, start_unix=START_UNIX)
    )
    prepare(board.world)
    for part in build(product, use_stand_in=True, extra_files={"/main.py": program}).parts:
        board.flash.program(part.offset, part.data)
    console = bytearray()
    board.chip.console.listeners.append(console.extend)
    queue.at(seconds * 1_000_000, board.power_off)
    board.run()
    lines = [line for line in console.decode().splitlines() if line.startswith("(")]
    assert lines, console.decode()
    return [ast.literal_eval(line) for line in lines], board


def test_cabinet_and_battery_parts(tmp_path):
    def prepare(world):
        world.cover.quiet = True
        world.cover.tilt(30)
        world.water.force(1234)
        world.cabinet.force_door(True)

    found, board = run(tmp_path, CABINET, READ_ALL, 30, prepare)
    readings = dict(found)
    kinds = part_kinds()
    for name, use in board.board.parts.items():
        assert set(readings[name]) == set(kinds[use.part].fields)
    assert board.world.cabinet.lit
    mains, cabinet = readings["mains"], board.world.cabinet
    assert abs(mains["power_mw"] - cabinet.total_mw) <= 100
    assert all(217_000 <= mains[f"voltage_{phase}_mv"] <= 227_000 for phase in "abc")
    assert readings["contactor"] == {
        "is_on": 1,
        "is_closed": 1,
        "is_welded": 0,
        "is_stuck_open": 0,
        "is_flickering": 0,
    }
    assert readings["door"] == {"is_active": 1}
    assert readings["lamp_meter"]["power_mw"] == 500
    assert abs(readings["cover"]["tilt_mrad"] - 524) <= 3
    assert abs(readings["level"]["level_mm"] - 1234) <= 2
    assert readings["battery"] == {"voltage_mv": 3660}


def test_ultrasonic(tmp_path):
    parts = ON_UART % (9600, "level", "a02yyuw", "power")
    found, _ = run(tmp_path, parts, READ_ALL, 20, lambda world: world.water.force(700))
    assert abs(dict(found)["level"]["level_mm"] - 700) <= 4


def test_the_uart_meter(tmp_path):
    parts = ON_UART.replace(", pins = { %s = 12 }", "") % (4800, "meter", "bl0942")
    found, _ = run(tmp_path, parts, READ_ALL, 20)
    assert dict(found)["meter"]["power_mw"] == 500


def test_tags_of_a_few_minutes(tmp_path):
    found, board = run(tmp_path, ON_UART % (115_200, "reader", "rfid_r200", "enable"), LISTEN, 320)
    passed = {tag.epc for tenth in range(20, 2950) for tag in board.world.vehicles.in_field(tenth * 100_000)}
    seen = {epc for epc, _ in found}
    assert seen and len(seen - passed) <= 1 and len(passed - seen) <= 2
    assert len(found) > 3 * len(seen)

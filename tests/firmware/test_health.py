"""What a node says of itself: health, the wear of its flash, and the resets that it is told to make."""

import ast
import asyncio

import pytest

from drivers.modem.ladder import RUNGS
from drivers.modem.power_contract import PowerContract
from host_tools.boards import health_table
from tests.firmware.life_bench import OPENED, OUTBOX, LifeBench, said
from tests.host_tools.driver_bench import DriverBench

MODULES = (*OUTBOX, "drivers.modem.ladder", "firmware.health", "firmware.outbox_wear")
HEALTH = (
    OPENED
    + """
import asyncio, gc
from firmware import crash
from firmware.health import Health
from firmware.outbox_wear import OutboxWear
from protocols.errors import LinkTimeout, ModemError

class Modem:
    registered = at_hand = True
    asked = 0
    rungs = {"repeat": 3, "sync": 2, "radio": 1}
    cell = {"rsrp_dbm": -101, "rsrq_db": -11, "snr_db": 4, "ecl": 1, "cell_id": 0x1A2B3C4}
    async def signal(self):
        self.asked += 1
        if isinstance(self.cell, Exception):
            raise self.cell
        return self.cell

modem = Modem()
health = Health(modem, outbox, OutboxWear(), lambda: 4711, lambda: 12)
async def main(safe):
    PROGRAM
"""
)
OF_A_CELL = {"used_mah", "left_h", "brown_outs_count"}
WEAR = """
from esp32 import NVS
from firmware.outbox.outbox import Outbox
from firmware.outbox.record_log import RecordLog
from firmware.outbox.sequence_numbers import SequenceNumbers
from firmware.outbox_wear import OutboxWear
from firmware import watchdog

async def main(safe):
    wear = OutboxWear()
    log = RecordLog("/outbox", 64, open=wear.open)
    outbox = Outbox(log, SequenceNumbers(NVS("citynode"), log.last + 1))
    print("node: begins")
    for n in range(400):
        outbox.add_report(1000 + n, n, [n, None, -n, 1 << 29])
        if ACKNOWLEDGED:
            outbox.remove(outbox.next_batch(64, None))
    print("node:", wear.erases())
"""
RESETS = (
    OPENED
    + """
import asyncio, machine, os
from firmware import crash
from firmware.factory_reset import Resets
from firmware.kept import CRASH_SLOT, NvsBlob, RtcSlot

class Configuration:
    def erase(self):
        print("node: configuration erased")

async def main(safe):
    keys, rtc = NvsBlob("oscore", 8).load(), machine.RTC().memory()[:4]
    print("node: starts", os.listdir("/outbox"), log.last, keys, rtc)
    if machine.reset_cause() != machine.PWRON_RESET:
        print("node: next", numbers.take(), len(crash._words.load()), NvsBlob("told", 8).load())
        return
    resets = Resets("pole-1", outbox, Configuration(), "/outbox")
    NvsBlob("oscore", 8).store(b"keys")
    NvsBlob("told", 8).store(b"alarms")
    RtcSlot(0, 4).store(b"abc")
    crash.note("some words")
    function, arguments = resets.commands[COMMAND[0]]
    assert len(arguments.split()) == len(COMMAND) - 1
    try:
        print("node:", function(*COMMAND[1:]))
    except ValueError as error:
        print("node:", error)
    outbox.add_result(1, 0, "done")
    resets.on_downlink()
    print("node: waits for the result")
    outbox.remove(outbox.next_batch(64, None))
    outbox.add_report(1, 1, [1])
    resets.on_downlink()
    print("node: waits for the report")
    outbox.remove(outbox.next_batch(64, None))
    resets.on_downlink()
    print("node: goes on")
"""
)


def said_by(program):
    """The value that the program prints."""
    (line,) = said(LifeBench(HEALTH.replace("PROGRAM", program.strip()), MODULES).run(20))
    return ast.literal_eval(line)


def health(program):
    """The fields that there are, by name, of the values that the program prints."""
    fields = [point.source.partition(".")[2] for point in health_table().points.values()]
    values = zip(fields, said_by(program), strict=True)
    return {field: value for field, value in values if value is not None}


def test_all_fields_of_the_table():
    fields = health("print('node:', await health.values())")
    absent = {f"rung_{name}_count" for name, _ in RUNGS} - set(fields) | OF_A_CELL
    wanted = {point.source.partition(".")[2] for point in health_table().points.values()}
    assert set(fields) | absent == wanted and len(absent) == 7
    assert fields["boot_count"] == 1 and fields["reset_cause_code"] == 1 and fields["crash_count"] == 0
    assert fields["uptime_s"] == 4711 and fields["configuration_code"] == 12
    assert fields["rung_repeat_count"] == 3 and fields["rung_radio_count"] == 1
    assert fields["rsrp_dbm"] == -101 and fields["rsrq_db"] == -11 and fields["snr_db"] == 4
    assert fields["ecl_code"] == 1 and fields["cell_id_code"] == 0x1A2B3C4
    assert all(isinstance(value, int) and abs(value) < 1 << 30 for value in fields.values())


def test_the_outbox_in_figures():
    fields = health("""
    for n in range(5):
        outbox.add_report(n, n, [n])
    log.state.counts[0], log.state.counts[2], log.state.counts[7] = 3, 4, 5
    print('node:', await health.values())
    """)
    assert (fields["outbox_depth_count"], fields["dropped_count"], fields["corrupt_count"]) == (5, 7, 5)


def test_the_heaps_high_water_stays():
    low, high, later = said_by("""
    low = (await health.values())[3]
    hoard = bytearray(50_000)
    high = (await health.values())[3]
    del hoard
    later = (await health.values())[3]
    print('node:', [low, high, later])
    """)
    assert 45_000 < high - low < 60_000 and later >= high


@pytest.mark.parametrize("trouble", ["modem.at_hand = False", "modem.registered = False"])
def test_a_modem_that_is_busy_or_asleep_is_left_alone(trouble):
    fields = health(
        f"{trouble}; values = await health.values(); assert not modem.asked; print('node:', values)"
    )
    assert "rsrp_dbm" not in fields and "cell_id_code" not in fields
    assert fields["rung_sync_count"] == 2


@pytest.mark.parametrize("error", ["ModemError('no cell')", "LinkTimeout('silent')"])
def test_a_modem_that_has_no_answer(error):
    fields = health(f"modem.cell = {error}; print('node:', await health.values())")
    assert "rsrp_dbm" not in fields and fields["boot_count"] == 1


def test_boots_and_causes_of_resets_are_counted():
    node = HEALTH.replace("PROGRAM", "print('node:', (await health.values())[:3]); 1 / 0")
    bench = LifeBench(node, MODULES)
    lines = [ast.literal_eval(line) for line in said(bench.run(40)) if line.startswith("[")]
    assert lines == [[1, 1, 0], [2, 2, 1], [3, 2, 2]]


# --- whether the modem can be asked


def test_a_modem_is_at_hand_between_commands():
    async def scenario(bench, modem):
        await modem.start()
        seen = [modem.at_hand]
        question = asyncio.ensure_future(modem.network_time())
        await asyncio.sleep(0)
        seen.append(modem.at_hand)
        await question
        return [*seen, modem.at_hand]

    assert DriverBench("bc26").play(scenario) == [True, False, True]


def test_a_modem_that_was_sent_to_sleep_is_not_at_hand():
    async def scenario(bench, modem):
        await modem.start()
        await modem.sleep()
        return modem.at_hand

    assert DriverBench("bc26").play(scenario) is False


def test_a_modem_that_falls_asleep_unasked_is_not_at_hand():
    async def scenario(bench, modem):
        await modem.start()
        await asyncio.sleep(1)
        before = modem.at_hand
        await asyncio.sleep(600)
        return before, modem.at_hand

    bench = DriverBench("sim7020", modem={"contract": PowerContract(psm=(20, 36_000))})
    assert bench.play(scenario) == (True, False)


# --- wear


@pytest.mark.parametrize(("acknowledged", "least"), [(False, 350), (True, 15)])
def test_erases_are_estimated_from_what_is_written(acknowledged, least):
    bench = LifeBench(WEAR.replace("ACKNOWLEDGED", str(acknowledged)), MODULES)
    vfs = range(bench.vfs.offset // 4096, (bench.vfs.offset + bench.vfs.size) // 4096)
    before = []

    def begins(data):
        if b"begins" in data:
            before.append(sum(bench.flash.wear[sector] for sector in vfs))

    bench.chip.console.listeners.append(begins)
    estimate = int(said(bench.run(100))[-1])
    erased = sum(bench.flash.wear[sector] for sector in vfs) - before[0]
    assert erased > least and estimate == pytest.approx(erased, rel=0.3)


# --- restart and factory reset


def resets(*command):
    node = RESETS.replace("COMMAND", repr(command))
    return said(LifeBench(node, (*OUTBOX, "firmware.factory_reset")).run(20))


def test_a_restart_waits_until_the_server_has_its_result():
    lines = resets("restart")
    assert lines[1:4] == ["restarts", "waits for the result", "waits for the report"]
    assert lines[4].startswith("starts [") and lines[4].endswith("b'keys' b'\\x03abc'")
    assert lines[5] == "next 64 14 b'alarms'"


def test_a_factory_reset_keeps_who_the_node_is():
    lines = resets("factory_reset", "pole-1")
    assert lines[1:4] == ["erases its memories and restarts", "waits for the result", "waits for the report"]
    assert lines[4] == "configuration erased"
    assert lines[5] == "starts [] -1 b'keys' b'\\x00\\x00\\x00\\x00'"
    assert lines[6] == "next 64 0 b'\\x00'"  # no number twice, and nothing of an earlier crash or alarm


def test_a_factory_reset_is_for_the_node_that_is_named():
    assert resets("factory_reset", "pole-2")[1:] == [
        "this node is pole-1",
        "waits for the result",
        "waits for the report",
        "goes on",
    ]

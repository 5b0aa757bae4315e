"""The node as a program: start, provisioning, failure, memory, size."""

import json
import re

import pytest

from host_tools.boards import board_names, load_board
from host_tools.build.firmware_files import device_sources, firmware_files, path_on_node
from host_tools.mpy import compile_text
from tests.firmware.pole_bench import CTRL_C, PoleBench, with_application

CODE_LIMIT = 96 * 1024  # bytes of .mpy on the flash; loaded, 1.6 times as much of the heap
MORE_CODE = {"river_level": 99 * 1024}  # sensors on two buses, on a chip with 235 KiB of heap

FAULTY_APPLICATION = """
import asyncio

class Application:
    commands = {}

    def __init__(self, parts, record):
        pass

    async def run(self):
        for seconds in range(120, -1, -1):
            await asyncio.sleep(1)
            100 // seconds
"""


FAILS_S = 121


def faulty_bench(folder):
    return PoleBench(folder, files=with_application(FAULTY_APPLICATION))


def test_an_exception_restarts_the_node(tmp_path):
    bench = faulty_bench(tmp_path)
    resets_s = []

    def watch(data):
        if b"rst:0xc (RTC_SW_CPU_RST)" in data:
            resets_s.append(bench.now_s)

    bench.board.chip.console.listeners.append(watch)
    bench.run(FAILS_S + 125)
    assert resets_s == [pytest.approx(FAILS_S + 10, abs=0.5)]
    traceback = bench.console[bench.console.index("Traceback") :]
    assert 'File "firmware/tried.py", line 13, in run\r\nZeroDivisionError: divide by zero' in traceback
    assert "node: restarts in 10 s" in traceback
    assert [number // 64 for number in bench.numbers()] == [0] * 4 + [1] * 4  # a start skips numbers


def test_a_node_that_fails_can_be_stopped_from_the_console(tmp_path):
    bench = faulty_bench(tmp_path)
    bench.type(FAILS_S + 5, CTRL_C)
    bench.type(FAILS_S + 60, b"6 * 7\r")
    bench.run(FAILS_S + 70)
    assert "KeyboardInterrupt" in bench.console
    assert bench.console.endswith(">>> 6 * 7\r\n42\r\n>>> ")


def settings(**changes):
    usual = {"node": "pole-1", "server": ["192.0.2.1", 5683], "security": "plaintext"}
    content = {name: value for name, value in {**usual, **changes}.items() if value != "absent"}
    return json.dumps(content).encode()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "there is no provisioning"),
        (settings()[:-9], "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[]", "it holds no object"),
        (settings(node="absent"), "node is missing or wrong"),
        (settings(node=5), "node is missing or wrong"),
        (settings(server="192.0.2.1"), "server is missing or wrong"),
        (settings(server=["192.0.2.1"]), "server is not [host, port]"),
        (settings(server=["192.0.2.1", "5683"]), "server is not [host, port]"),
        (settings(report_s=0), "report_s is not 1 to 86400"),
        (settings(report_s="60"), "report_s is missing or wrong"),
        (settings(security="absent"), "security is missing or wrong"),
        (settings(security="dtls"), "provisioned for dtls, which this firmware does not speak"),
        (settings(security="oscore", kid="0001", secret="00"), "salt is missing or wrong"),
        (settings(security="oscore", kid="1"), "kid is not hexadecimal"),
    ],
)
def test_unusable_provisioning_is_told_and_leaves_the_repl(tmp_path, content, reason):
    bench = PoleBench(tmp_path, told=content)
    bench.type(30, b"6 * 7\r")
    bench.run(60)
    assert f"node: not provisioned: {reason}" in bench.console
    assert "citynode provision" in bench.console
    assert bench.console.endswith(">>> 6 * 7\r\n42\r\n>>> ")
    assert "Traceback" not in bench.console


def test_provisioned_report_period(tmp_path):
    bench = PoleBench(tmp_path, report_s=300).run(3600)
    assert [bench.taken_s(report) for report in bench.reports] == pytest.approx(range(0, 3600, 300), abs=2)


def memory_after(folder, duration_s):
    """Live bytes of the node's heap, in the middle of a report period."""
    folder.mkdir()
    bench = PoleBench(folder)
    bench.type(duration_s + 30, CTRL_C)
    bench.type(duration_s + 31, b"import gc\rgc.collect()\r")
    bench.type(duration_s + 32, b"gc.mem_alloc()\r")
    bench.run(duration_s + 33)
    return int(re.search(r"gc.mem_alloc\(\)\r\n(\d+)", bench.console)[1])


def test_memory_does_not_grow_in_a_day(tmp_path):
    hour, day = memory_after(tmp_path / "hour", 3600), memory_after(tmp_path / "day", 86400)
    print("live heap after an hour and a day:", hour, day)
    assert day <= hour


@pytest.mark.parametrize("package", ["protocols", "drivers", "firmware"])
def test_every_module_loads(tmp_path, package):
    """`main` runs in every other test."""
    modules = {name: text for name, text in device_sources().items() if name != "firmware.main"}
    files = {
        "/lib/" + path_on_node(name)[:-3] + ".mpy": compile_text(text, name) for name, text in modules.items()
    }
    names = [name for name in modules if name.partition(".")[0] == package]
    files["/main.py"] = ("".join(f"import {name}\n" for name in names) + "print('loaded')\n").encode()
    bench = PoleBench(tmp_path, files=files).run(10)
    assert "loaded\r\n" in bench.console, bench.console


@pytest.mark.parametrize("product", board_names())
def test_the_code_fits(product):
    files = firmware_files(load_board(product))
    size = sum(len(data) for path, data in files.items() if path.endswith(".mpy"))
    print("code of", product, size)
    assert size <= MORE_CODE.get(product, CODE_LIMIT)

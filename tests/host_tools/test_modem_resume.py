"""A board that has slept deeply finds its modem again, as it left it or otherwise."""

import asyncio

import pytest

from drivers.modem.power_contract import PowerContract
from drivers.modem.udp import RAI_ONE_DOWNLINK
from host_tools.boards.model import part_kinds
from host_tools.simulator.cell import NOT_SEARCHING
from host_tools.simulator.modems.dialect import Depth
from tests.host_tools.driver_bench import MODULES, SERVER, DriverBench, load

HOUR_S = 3600


def sleep_and_wake(part, seed, between, after, **options):
    """The board starts its modem, uses and leaves it, forgets everything, and wakes an hour later."""
    contract = PowerContract((10, 4 * HOUR_S))
    bench = DriverBench(part, seed, modem={"contract": contract}, **options)

    async def before(bench, modem):
        await modem.start()
        socket = await modem.open_udp(*SERVER)
        await socket.send(b"ping", RAI_ONE_DOWNLINK)
        assert await socket.receive(30_000) == b"pingping"
        await modem.rest()
        await asyncio.sleep(HOUR_S / 2)
        between(bench)
        await asyncio.sleep(HOUR_S / 2)

    bench.play(before)
    bench.reset_board(load(part_kinds()[part].driver)(), contract=contract)
    return bench.play(after)


async def ping(modem):
    """What the server answers; None if it answers none of three datagrams."""
    socket = await modem.open_udp(*SERVER)
    for _ in range(3):
        await socket.send(b"ping", RAI_ONE_DOWNLINK)
        answer = await socket.receive(30_000)
        if answer:
            return answer


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("part", MODULES)
def test_resumes_without_attaching(part, seed):
    async def after(bench, modem):
        begun_s = bench.seconds
        assert bench.cell.power_save and bench.module.sleep.depth == Depth.DEEP
        assert await modem.resume()
        assert modem.registered and bench.seconds - begun_s < 6
        assert await ping(modem) == b"pingping"
        assert not any(modem.rungs.values())

    sleep_and_wake(part, seed, lambda bench: None, after)


@pytest.mark.parametrize("part", MODULES)
@pytest.mark.parametrize(
    "what",
    [
        lambda bench: bench.module.faults.reboot(),
        lambda bench: bench.module.faults.wedge(),
    ],
)
def test_a_modem_that_is_not_as_it_was_needs_a_start(part, what):
    async def after(bench, modem):
        assert not await modem.resume()
        await modem.start()
        assert await ping(modem) == b"pingping"

    sleep_and_wake(part, 1, what, after)


def test_a_modem_that_does_not_answer_is_told():
    async def after(bench, modem):
        assert not await modem.resume() and not modem.registered
        assert bench.events == [("resume", "the modem does not wake")]

    sleep_and_wake("bc26", 1, lambda bench: bench.module.faults.wedge(), after)


def silent_for_10_s(bench):
    bench.module.faults.silent()
    bench.queue.after(10_000_000, lambda: bench.module.faults.silent(False))


@pytest.mark.parametrize("part", MODULES)
@pytest.mark.parametrize(
    "fault",
    [
        lambda bench: None,
        lambda bench: bench.module.faults.error_once(),
        lambda bench: bench.module.faults.half_response(),
        silent_for_10_s,
        lambda bench: bench.module.faults.reboot(),
        lambda bench: bench.queue.after(2_000_000, bench.module.faults.reboot),
    ],
    ids=["none", "refused", "half an answer", "silent", "reboot", "late reboot"],
)
def test_a_modem_without_a_network_looks_no_further(part, fault):
    """Whatever happens to the command that switches its radio off: a search would drain the cell."""

    def at_radio_off(direction, data):
        if direction == ">" and b"AT+CFUN=0" in data and bench.faults:
            bench.faults.pop()(bench)

    async def scenario(bench, modem):
        await modem.start()
        bench.cell.coverage = False
        await asyncio.sleep(60)
        bench.faults.append(fault)
        await modem.rest(is_lost=True)
        assert bench.faults == []
        await asyncio.sleep(120)
        assert bench.cell.stat == NOT_SEARCHING
        bench.cell.coverage = True
        await modem.start()
        assert await ping(modem) == b"pingping"

    bench = DriverBench(part, 1, modem={"contract": PowerContract((10, 4 * HOUR_S))})
    bench.faults = []
    bench.module.line.taps.append(at_radio_off)
    bench.play(scenario)

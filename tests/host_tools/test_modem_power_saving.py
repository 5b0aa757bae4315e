"""Sleep, wake and what the network grants, for every module, in virtual time."""

import asyncio

import pytest

from drivers.modem.power_contract import PowerContract
from drivers.modem.udp import RAI_ONE_DOWNLINK
from host_tools.simulator.modems.dialect import Depth
from tests.host_tools.driver_bench import MODULES, SERVER, DriverBench


async def ping(socket):
    await socket.send(b"ping", RAI_ONE_DOWNLINK)
    assert await socket.receive(30_000) == b"pingping"


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("part", MODULES)
def test_sleeps_between_reports(part, seed):
    async def scenario(bench, modem):
        await modem.start()
        socket = await modem.open_udp(*SERVER)
        for _ in range(3):
            await ping(socket)
            await modem.sleep()
            await asyncio.sleep(300)
            assert bench.module.sleep.depth == Depth.DEEP and bench.cell.power_save
        assert modem.contract.granted[:2] == (10, 3600)
        assert not bench.events and not any(modem.rungs.values())

    DriverBench(part, seed, modem={"contract": PowerContract((10, 3600))}).play(scenario)


@pytest.mark.parametrize(
    ("part", "options"),
    [("bc95g", {"lost_at_wake": 3}), ("bc28", {}), ("sim7020", {})],
)
def test_modules_that_fall_asleep_unasked_and_untold(part, options):
    async def scenario(bench, modem):
        await modem.start()
        socket = await modem.open_udp(*SERVER)
        for _ in range(3):
            await ping(socket)
            bench.module.faults.lose_urc(1000)
            await asyncio.sleep(300)
            assert bench.module.sleep.depth == Depth.DEEP
            bench.module.faults.lose_urc(0)
        assert not any(modem.rungs.values())

    DriverBench(part, modem={"contract": PowerContract((10, 3600))}, **options).play(scenario)


@pytest.mark.parametrize(
    ("part", "options"),
    [
        ("bc95g", {"sockets_survive_psm": False}),
        ("bc28", {"sockets_survive_psm": False}),
        ("bc28", {"lost_at_wake": 3}),
        ("m5311", {"sockets_survive_sleep": False}),
    ],
)
@pytest.mark.parametrize("told", [True, False])
def test_what_the_manuals_leave_open(part, options, told):
    async def scenario(bench, modem):
        await modem.start()
        socket = await modem.open_udp(*SERVER)
        for _ in range(3):
            await ping(socket)
            bench.module.faults.lose_urc(0 if told else 1000)
            await modem.sleep()
            await asyncio.sleep(300)
            bench.module.faults.lose_urc(0)
        assert not any(modem.rungs.values())

    DriverBench(part, modem={"contract": PowerContract((10, 3600))}, **options).play(scenario)


def test_a_pause_that_is_no_sleep_leaves_the_socket_alone():
    async def scenario(bench, modem):
        seen = []
        bench.internet.serve(SERVER, lambda data, source: seen.append(source) or [data + data])
        await modem.start()
        socket = await modem.open_udp(*SERVER)
        await ping(socket)
        await asyncio.sleep(7)
        await ping(socket)
        assert seen[0] == seen[1]

    DriverBench("bc28", modem={"contract": PowerContract((60, 3600))}).play(scenario)


@pytest.mark.parametrize("part", MODULES)
def test_psm_that_is_denied_is_told(part):
    async def scenario(bench, modem):
        await modem.start()
        socket = await modem.open_udp(*SERVER)
        for _ in range(2):
            await ping(socket)
            await modem.sleep()
            await asyncio.sleep(120)
            assert not bench.cell.power_save
        assert bench.events[0] == (
            "granted",
            "T3324, T3412 in s: granted (None, None), asked (10, 3600)",
        )

    contract = PowerContract((10, 3600))
    DriverBench(part, cell={"psm_grant": "denied"}, modem={"contract": contract}).play(scenario)


@pytest.mark.parametrize("part", MODULES)
def test_other_times_are_told(part):
    async def scenario(bench, modem):
        await modem.start()
        await asyncio.sleep(30)
        assert modem.contract.granted[:2] == (2, 36_000)
        assert bench.events[-1] == ("granted", "T3324, T3412 in s: granted (2, 36000), asked (10, 3600)")

    contract = PowerContract((10, 3600))
    DriverBench(part, cell={"psm_grant": (2, 36_000)}, modem={"contract": contract}).play(scenario)


@pytest.mark.parametrize("part", MODULES)
def test_edrx(part):
    async def scenario(bench, modem):
        await modem.start()
        assert modem.contract.granted.edrx_ms == 20_480
        assert modem.contract.granted.paging_window_ms == bench.cell.granted.paging_window_ms
        await ping(await modem.open_udp(*SERVER))
        assert not [event for event in bench.events if "eDRX" in event[1]]

    DriverBench(part, modem={"contract": PowerContract(None, 20)}).play(scenario)


@pytest.mark.parametrize("part", MODULES)
def test_no_contract_is_no_power_saving(part):
    async def scenario(bench, modem):
        await modem.start()
        socket = await modem.open_udp(*SERVER)
        await ping(socket)
        await asyncio.sleep(3600)
        assert not bench.cell.power_save and bench.module.sleep.depth != Depth.DEEP
        assert bench.cell.granted.edrx_ms is None
        assert await modem.network_time() is not None
        await ping(socket)

    DriverBench(part).play(scenario)


@pytest.mark.parametrize("part", MODULES)
def test_a_board_that_starts_while_its_module_sleeps(part):
    contract = PowerContract((10, 3600))

    async def first_life(bench, modem):
        await modem.start()
        await modem.sleep()
        await asyncio.sleep(120)
        assert bench.module.sleep.depth == Depth.DEEP

    async def second_life(_bench, modem):
        await modem.start()
        await ping(await modem.open_udp(*SERVER))
        assert not modem.rungs["power_rail"]

    bench = DriverBench(part, modem={"contract": contract})
    bench.play(first_life)
    bench.reset_board(type(bench.modem.profile)(), contract=contract)
    bench.play(second_life)

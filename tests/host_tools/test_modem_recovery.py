"""The ladder, rung by rung, and what brings sockets back: in virtual time against the models."""

import asyncio

import pytest

from drivers.modem.ladder import RUNGS
from protocols.errors import LinkTimeout, ModemError
from tests.host_tools.driver_bench import MODULES, SERVER, DriverBench

REASON = "no acknowledgement"


def used(modem):
    return {name: count for name, count in modem.rungs.items() if count}


def climbed(bench):
    """The rungs in the order of their use, but for repetitions, and when."""
    return [text.partition(":")[0] for name, text in bench.events if name == "rung" and "repeat" not in text]


@pytest.mark.parametrize("part", MODULES)
def test_every_rung_leads_to_a_module_that_works(part):
    """Whatever is done to a healthy module, `start` and a datagram follow."""

    async def scenario(bench, modem):
        await modem.start()
        names = [name for name, _ in RUNGS if modem.has(name)]
        for name in names:
            await modem._ladder._step(name)
            assert modem.registered == (name in ("repeat", "sync")), name
            if not modem.registered:
                await modem.start()
            socket = await modem.open_udp(*SERVER)
            await socket.send(b"ping")
            assert await socket.receive(30_000) == b"pingping", name
            await socket.close()
        assert len(names) == (6 if part in ("bc95g", "bc28") else 7)

    DriverBench(part).play(scenario)


def test_the_order_and_the_patience():
    async def scenario(bench, modem):
        await modem.start()
        times_s = []
        while modem.rungs["power_rail"] < 2:
            before = climbed(bench)
            await modem.recover(REASON)
            if climbed(bench) != before:
                times_s.append(bench.seconds)
            if not modem.registered:
                await modem.start()
        rungs = [name for name, _ in RUNGS]
        assert climbed(bench) == [*rungs[1:], "power_rail"]
        for (name, patience_s), began_s, ended_s in zip(RUNGS[1:], times_s[:-1], times_s[1:], strict=True):
            assert ended_s - began_s >= patience_s - 600, name  # times are taken after the pause
        assert times_s[-1] - times_s[0] > sum(patience_s for _, patience_s in RUNGS[1:])

    DriverBench().play(scenario)


def test_an_acknowledged_exchange_leads_down():
    async def scenario(bench, modem):
        await modem.start()
        for _ in range(3):
            for _ in range(2):
                await modem.recover(REASON)
            modem.alive()
        assert used(modem) == {"repeat": 3, "sync": 3}
        before_s = bench.seconds
        await modem.recover(REASON)
        assert 2 <= bench.seconds - before_s <= 4  # and the pause is the first one again

    DriverBench().play(scenario)


def test_pauses_double_up_to_ten_minutes_with_jitter():
    async def scenario(bench, modem):
        await modem.start()
        pauses_s = []
        for _ in range(12):
            modem._ladder._next, modem._ladder._since_ms = 1, 0
            modem._ladder._patience_ms = 1 << 29
            before_s = bench.seconds
            await modem.recover(REASON)
            pauses_s.append(bench.seconds - before_s)
        for i, pause_s in enumerate(pauses_s):
            whole_s = min(600, 4 << i)
            assert whole_s / 2 <= pause_s <= whole_s + 0.001
        return pauses_s

    assert DriverBench(seed=1).play(scenario) != DriverBench(seed=2).play(scenario)


def test_means_that_the_board_lacks_are_left_out():
    async def scenario(bench, modem):
        await modem.start()
        bench.module.faults.wedge()
        modem.forget(None)
        with pytest.raises(LinkTimeout, match="check its power"):
            await modem.start()
        assert used(modem) == {"reset_pin": 1, "power_key": 1}
        for _ in range(4):
            await modem.recover(REASON)
        assert set(used(modem)) == {"repeat", "sync", "radio", "soft_reset", "reset_pin", "power_key"}

    DriverBench(pins=("pwrkey", "reset")).play(scenario)


def test_a_socket_that_was_suspected_has_another_public_port():
    async def scenario(bench, modem):
        seen = []
        bench.internet.serve(SERVER, lambda data, source: seen.append(source) or [data])
        await modem.start()
        socket = await modem.open_udp(*SERVER)
        for _ in range(2):
            await socket.send(b"ping")
            assert await socket.receive(30_000) == b"ping"
        socket.suspect()
        await socket.send(b"ping")
        assert await socket.receive(30_000) == b"ping"
        assert seen[0] == seen[1] != seen[2]

    DriverBench().play(scenario)


@pytest.mark.parametrize("part", MODULES)
def test_sockets_that_an_earlier_life_left_open(part):
    async def scenario(bench, modem):
        await modem.start()
        profile = modem.profile
        for _ in range(3):
            modem._sockets.clear()  # as after a reset of the board
            for _ in range(profile.sockets):
                try:
                    socket = await modem.open_udp(*SERVER)
                except ModemError:
                    break  # one may belong to the module itself
        await socket.send(b"ping")
        assert await socket.receive(30_000) == b"pingping"

    DriverBench(part).play(scenario)


def test_hi2115_that_answers_without_a_socket():
    async def scenario(_bench, modem):
        await modem.start()
        socket = await modem.open_udp(*SERVER)
        await socket.send(b"ping")
        assert await socket.receive(30_000) == b"pingping"

    played = 0
    for seed in range(8):
        try:
            DriverBench("bc95g", seed, lost_socket_ids=0.3).play(scenario)
            played += 1
        except ModemError as error:  # twice in a row
            assert "OK without the answer" in str(error)
    assert played >= 5


def test_hi2115_datagram_that_the_radio_drops():
    async def scenario(bench, modem):
        await modem.start()
        socket = await modem.open_udp(*SERVER)
        await asyncio.sleep(60)
        bench.cell.coverage = False
        await socket.send(b"ping")
        await asyncio.sleep(90)
        assert modem.unsent == 1

    DriverBench("bc28").play(scenario)


def test_sim_that_is_removed_is_told():
    async def scenario(bench, modem):
        await modem.start()
        bench.module.faults.remove_sim()
        await asyncio.sleep(1)
        assert ("sim", "NOT INSERTED") in bench.events and not modem.registered
        with pytest.raises(ModemError) as caught:
            await modem.start()
        assert caught.value.code == 10

    DriverBench("sim7020").play(scenario)

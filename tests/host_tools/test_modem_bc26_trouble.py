"""The modem driver against the model of a BC26 in trouble, in virtual time."""

import asyncio

import pytest

from drivers.modem.bc26 import BC26
from protocols.at import command
from protocols.errors import ModemError
from tests.host_tools.driver_bench import SERVER, SILENT
from tests.host_tools.driver_bench import Bc26Bench as Bench


def test_send_without_coverage():
    async def scenario(bench, modem):
        await modem.start()
        socket = await modem.open_udp(*SERVER)
        bench.cell.coverage = False
        with pytest.raises(ModemError, match="SEND FAIL"):
            await socket.send(b"ping")
        assert not modem.registered
        bench.cell.coverage = True
        await asyncio.sleep(20)
        assert modem.registered
        await socket.send(b"ping")
        assert await socket.receive(20_000) == b"pingping"

    Bench().play(scenario)


def test_open_without_registration():
    async def scenario(bench, modem):
        await modem.start()
        bench.cell.coverage = False
        with pytest.raises(ModemError, match="561"):
            await modem.open_udp(*SERVER)
        bench.cell.coverage = True
        await asyncio.sleep(20)
        assert (await modem.open_udp(*SERVER)).number == 0

    Bench().play(scenario)


@pytest.mark.parametrize("why", ["reset pin", "crash", "AT+QRST=1"])
def test_reboot_in_mid_session(why):
    async def scenario(bench, modem):
        await modem.start()
        socket = await modem.open_udp(*SILENT)
        waiting = asyncio.create_task(socket.receive(60_000))
        await asyncio.sleep(1)
        if why == "reset pin":
            bench.pins["reset"].value(1)
        elif why == "crash":
            bench.module.boot()
        else:
            with pytest.raises(ModemError, match="restarted"):
                await modem.run((command("AT+QRST=1"),))
        with pytest.raises(ModemError, match="restarted"):
            await waiting
        bench.pins["reset"].value(0)
        assert modem.restarted.is_set() and not modem.registered
        with pytest.raises(ModemError, match="restarted"):
            await socket.send(b"ping")
        await modem.start()
        assert modem.registered and not modem.restarted.is_set()
        socket = await modem.open_udp(*SERVER)
        await socket.send(b"ping")
        assert await socket.receive(20_000) == b"pingping"

    Bench().play(scenario)


def test_reboot_while_looking_for_the_network():
    async def scenario(bench, modem):
        bench.cell.coverage = False
        bench.queue.after(60_000_000, bench.module.boot)
        with pytest.raises(ModemError, match="restarted meanwhile"):
            await modem.start()
        bench.cell.coverage = True
        await modem.start()
        assert modem.registered

    Bench().play(scenario)


def test_radio_switched_off_closes_sockets():
    async def scenario(_bench, modem):
        await modem.start()
        socket = await modem.open_udp(*SERVER)
        await modem.run((command("AT+CFUN=0"),))
        assert not modem.registered
        with pytest.raises(ModemError, match="modem closed the socket"):
            await socket.send(b"ping")
        await modem.start()
        assert modem.registered
        await (await modem.open_udp(*SERVER)).send(b"ping")

    Bench().play(scenario)


def test_board_that_was_reset_while_its_module_was_not():
    async def first_life(bench, modem):
        await modem.start()
        await modem.open_udp(*SERVER)
        bench.uart.write(b"AT+QISEN")  # it dies in mid-command
        await asyncio.sleep(1)

    async def second_life(bench, modem):
        await modem.start()
        assert bench.boots() == 0
        socket = await modem.open_udp(*SERVER)
        await socket.send(b"ping")
        assert await socket.receive(20_000) == b"pingping"

    bench = Bench()
    bench.play(first_life)
    bench.reset_board(BC26())
    bench.play(second_life)


def test_cancelled_command_leaves_the_next_one_alone():
    async def scenario(_bench, modem):
        await modem.start()
        task = asyncio.create_task(modem.signal())
        await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await modem.network_time() is not None

    Bench().play(scenario)


def test_error_codes_reach_the_caller():
    async def scenario(_bench, modem):
        await modem.start()
        for text, code in (("AT+NOSUCH", 4), ("AT+CEREG=9", 50), ("AT+QISENDEX=3,1,41", None)):
            with pytest.raises(ModemError) as caught:
                await modem.run((command(text),))
            assert caught.value.code == code

    Bench().play(scenario)

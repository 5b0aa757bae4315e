"""The modem driver against the model of a BC26, a cell and a virtual internet, in virtual time."""

import asyncio
import dataclasses

import pytest

from drivers.modem.udp import RAI_NOTHING_FOLLOWS, RAI_ONE_DOWNLINK
from protocols.errors import EncodeError, LinkTimeout, ModemError
from tests.host_tools.driver_bench import SERVER, SILENT
from tests.host_tools.driver_bench import Bc26Bench as Bench

# -- bring-up


def test_from_off_to_registered():
    async def scenario(bench, modem):
        assert not modem.registered
        await modem.start()
        assert modem.registered and not modem.restarted.is_set()
        assert modem.identity == {
            "imei": "868123450012345",
            "imsi": "460001234567890",
            "iccid": "89860411102570012345",
        }
        assert await modem.network_time() == pytest.approx(189_388_800 + bench.seconds, abs=2)
        signal = await modem.signal()
        assert signal["rsrp_dbm"] == pytest.approx(-84, abs=2) and signal["snr_db"] == 12
        assert (modem.garbled, bench.boots()) == (0, 1)

    Bench().play(scenario)


def test_starting_a_running_module_does_not_reboot_it():
    async def scenario(bench, modem):
        await modem.start()
        await modem.start()
        assert modem.registered and bench.boots() == 1

    Bench().play(scenario)


def test_power_switch_is_used_where_the_board_has_one():
    async def scenario(bench, modem):
        await modem.start()
        assert modem.registered and bench.boots() == 1

    Bench(pins=("power", "pwrkey"), powered=False).play(scenario)


@pytest.mark.parametrize("pins", [("pwrkey", "reset"), ("pwrkey", "power")])
def test_hung_module_is_reset(pins):
    async def scenario(bench, modem):
        await modem.start()
        bench.module._busy = True  # it never finishes a command again
        with pytest.raises(LinkTimeout, match=r"AT\+CCLK"):
            await modem.network_time()
        assert not modem.registered
        await modem.start()
        assert modem.registered and bench.boots() == 2

    Bench(pins=pins).play(scenario)


@pytest.mark.parametrize("fault", [{"pins": ()}, {"pins": ("pwrkey",), "powered": False}])
def test_module_that_never_answers(fault):
    async def scenario(_bench, modem):
        with pytest.raises(LinkTimeout, match="does not answer AT: check"):
            await modem.start()

    Bench(**fault).play(scenario)


def test_baud_rate_that_autobaud_does_not_know():
    async def scenario(bench, modem):
        bench.uart.line.board_baudrate = 57600
        with pytest.raises(LinkTimeout):
            await modem.start()
        assert b"OK" not in bench.uart.heard and b"BROM" not in bench.uart.heard
        bench.uart.line.board_baudrate = 9600  # the boot text is garbage, the rest is not
        await modem.start()
        assert b"OK" in bench.uart.heard and b"BROM" not in bench.uart.heard

    Bench().play(scenario)


def test_apn_is_written_only_when_it_differs():
    async def scenario(bench, modem):
        await modem.start()
        assert bench.module.nvram["+QCGDEFCONT"] == '"IP","ctnb"'
        written_s = bench.seconds
        assert written_s > 60  # CFUN=0 before the first registration is slow
        await modem.start()
        assert bench.seconds - written_s < 2

    Bench(apn="ctnb").play(scenario)


def test_no_sim():
    async def scenario(_bench, modem):
        with pytest.raises(ModemError) as caught:
            await modem.start()
        assert caught.value.code == 10

    Bench(sim=False).play(scenario)


def test_network_denies_then_accepts():
    async def scenario(bench, modem):
        with pytest.raises(ModemError, match=r"\+CEREG: 3, EMM cause 15"):
            await modem.start()
        with pytest.raises(ModemError, match="EMM cause 15"):  # it was asked again
            await modem.start()
        assert bench.uart.heard.count(b"+CEREG: 0") == 1
        bench.cell.options = dataclasses.replace(bench.cell.options, reject_cause=None)
        await modem.start()
        assert modem.registered

    Bench(cell={"reject_cause": 15}).play(scenario)


def test_no_network():
    async def scenario(bench, modem):
        bench.cell.coverage = False
        with pytest.raises(LinkTimeout, match=r"after 180 s, \+CEREG: 2"):
            await modem.start()
        with pytest.raises(ModemError) as caught:
            await modem.signal()
        assert caught.value.code == 841
        assert await modem.network_time() is None
        bench.cell.coverage = True
        await modem.start()
        assert modem.registered

    Bench().play(scenario)


@pytest.mark.parametrize(
    ("module", "profile"),
    [
        ({"gmt_clock": True}, {}),
        ({"clock_is_local": False}, {"clock_is_local": False}),
        ({"clock_is_local": False, "gmt_clock": True}, {"clock_is_local": False}),
    ],
)
def test_clocks_of_other_firmware(module, profile):
    async def scenario(bench, modem):
        await modem.start()
        assert await modem.network_time() == pytest.approx(189_388_800 + bench.seconds, abs=2)

    Bench(profile=profile, **module).play(scenario)


def test_network_that_never_tells_the_time():
    async def scenario(_bench, modem):
        await modem.start()
        assert await modem.network_time() is None

    Bench(cell={"utc_at_start": None}).play(scenario)


# -- datagrams


@pytest.mark.parametrize("seed", range(30))
def test_there_and_back(seed):
    async def scenario(bench, modem):
        await modem.start()
        socket = await modem.open_udp(*SERVER)
        await asyncio.sleep(30)  # RRC is idle again
        sent_s = bench.seconds
        await socket.send(b"\x00\xffping\r\n")
        assert await socket.receive(20_000) == b"\x00\xffping\r\n" * 2
        assert 0.6 < bench.seconds - sent_s < 8
        sent_s = bench.seconds
        await socket.send(b"x" * 256)
        assert await socket.receive(20_000) == b"x" * 512
        assert 0.3 < bench.seconds - sent_s < 2  # connected: SEND OK 1 s at most, round trip 0.3 to 0.6
        assert modem.garbled == 0 and socket.dropped == 0

    Bench(seed).play(scenario)


def test_median_latency_from_idle():
    async def scenario(bench, modem):
        await modem.start()
        socket = await modem.open_udp(*SERVER)
        round_trips_s = []
        for _ in range(101):
            await asyncio.sleep(30)
            await socket.send(b"ping")
            taken_s = bench.seconds  # SEND OK: from here it is the network
            assert await socket.receive(20_000)
            round_trips_s.append(bench.seconds - taken_s)
        return sorted(round_trips_s)

    round_trips_s = Bench().play(scenario)
    assert 0.5 < round_trips_s[5] < 1.7 and 2.0 < round_trips_s[50] < 2.9 and round_trips_s[-1] < 6.5


@pytest.mark.parametrize(("rai", "least_s", "most_s"), [(0, 20, 23), (RAI_ONE_DOWNLINK, 1, 2)])
def test_release_after_the_answer(rai, least_s, most_s):
    async def scenario(bench, modem):
        await modem.start()
        socket = await modem.open_udp(*SERVER)
        await asyncio.sleep(30)
        await socket.send(b"ping", rai)
        assert await socket.receive(20_000)
        answered_s = bench.seconds
        while bench.cell.connected:
            await asyncio.sleep(0.1)
        assert least_s <= bench.seconds - answered_s <= most_s

    Bench().play(scenario)


def test_release_when_nothing_follows():
    async def scenario(bench, modem):
        await modem.start()
        socket = await modem.open_udp(*SILENT)
        await asyncio.sleep(30)
        await socket.send(b"bye", RAI_NOTHING_FOLLOWS)
        await asyncio.sleep(8)
        assert not bench.cell.connected
        await socket.send(b"more")  # the hint was for one datagram
        await asyncio.sleep(8)
        assert bench.cell.connected

    Bench().play(scenario)


def test_no_answer_is_none():
    async def scenario(bench, modem):
        await modem.start()
        socket = await modem.open_udp(*SILENT)
        await socket.send(b"ping")
        asked_s = bench.seconds
        assert await socket.receive(5000) is None
        assert bench.seconds - asked_s == pytest.approx(5)
        assert await socket.receive(0) is None

    Bench().play(scenario)


@pytest.mark.parametrize("loss", [{"uplink_loss": 1.0}, {"downlink_loss": 1.0}])
def test_loss(loss):
    async def scenario(_bench, modem):
        await modem.start()
        socket = await modem.open_udp(*SERVER)
        await socket.send(b"ping")
        assert await socket.receive(30_000) is None

    Bench(cell=loss).play(scenario)


def test_two_sockets():
    async def scenario(bench, modem):
        bench.internet.serve(SILENT, lambda data, _source: [data.upper(), b"again"])
        await modem.start()
        first, second = await modem.open_udp(*SERVER), await modem.open_udp(*SILENT)
        await asyncio.gather(first.send(b"one"), second.send(b"two"))
        assert await second.receive(20_000) == b"TWO"
        assert await first.receive(20_000) == b"oneone"
        assert await second.receive(20_000) == b"again"
        await first.close()
        with pytest.raises(ModemError, match="closed"):
            await first.send(b"one")
        await second.send(b"three")
        assert await second.receive(20_000) == b"THREE"

    Bench().play(scenario)


def test_slow_reader_keeps_the_newest():
    async def scenario(bench, modem):
        bench.internet.serve(SILENT, lambda _data, _source: [bytes([i]) for i in range(6)])
        await modem.start()
        socket = await modem.open_udp(*SILENT)
        await socket.send(b"go")
        await asyncio.sleep(20)
        assert socket.dropped == 2
        assert [await socket.receive(0) for _ in range(5)] == [b"\x02", b"\x03", b"\x04", b"\x05", None]

    Bench().play(scenario)


def test_firmware_that_does_not_quote():
    async def scenario(_bench, modem):
        await modem.start()
        socket = await modem.open_udp(*SERVER)
        await socket.send(b"ping")
        assert await socket.receive(20_000) == b"pingping"

    Bench(quoted_data=False).play(scenario)


def test_datagram_size():
    async def scenario(_bench, modem):
        await modem.start()
        socket = await modem.open_udp(*SILENT)
        await socket.send(bytes(512))
        with pytest.raises(EncodeError, match="513"):
            await socket.send(bytes(513))

    Bench().play(scenario)


def test_all_sockets_open():
    async def scenario(_bench, modem):
        await modem.start()
        sockets = [await modem.open_udp(*SERVER) for _ in range(5)]
        with pytest.raises(ModemError, match="no socket is free"):
            await modem.open_udp(*SERVER)
        await sockets[2].close()
        assert (await modem.open_udp(*SERVER)).number == 2

    Bench().play(scenario)

"""PSM, eDRX and tracking area updates: what the network grants, and when a modem can be reached."""

import pytest

from host_tools.simulator.cell import HOME, NOT_SEARCHING, SEARCHING
from host_tools.simulator.radio.grants import PowerSaving
from host_tools.simulator.radio.idle import next_paging_us
from tests.host_tools.cell_bench import PORT, SERVER, CellBench

DAY_S = 86_400


def asleep(bench, active_s=10, periodic_s=DAY_S):
    bench.cell.ask_psm(active_s, periodic_s)
    bench.registered()
    bench.until("psm", True)
    return bench


def push(bench, data):
    """The server says something unasked, to where the modem last sent from."""
    bench.cell._traffic._core._mappings[PORT].endpoint._deliver(data, SERVER)


# -- what is granted


@pytest.mark.parametrize(
    ("psm_grant", "granted"),
    [("asked", (10, DAY_S)), ("denied", (None, None)), ((60, 7200), (60, 7200))],
)
def test_psm_as_the_network_likes(psm_grant, granted):
    bench = CellBench(psm_grant=psm_grant)
    bench.cell.ask_psm(10, DAY_S)
    assert bench.cell.granted == PowerSaving()
    bench.idle().run(3000)
    assert (bench.cell.granted.active_s, bench.cell.granted.periodic_s) == granted
    assert bench.cell.power_save == (granted[0] is not None)


@pytest.mark.parametrize(
    ("edrx_grant", "window_ms", "granted"),
    [
        ("asked", 10_240, (81_920, 10_240)),
        ("asked", None, (81_920, 40_960)),  # the network chooses a window
        ("denied", 10_240, (None, None)),
        ((20_480, 2560), 10_240, (20_480, 2560)),
    ],
)
def test_edrx_as_the_network_likes(edrx_grant, window_ms, granted):
    bench = CellBench(edrx_grant=edrx_grant)
    bench.cell.ask_edrx(81_920, window_ms)
    bench.idle()
    assert (bench.cell.granted.edrx_ms, bench.cell.granted.paging_window_ms) == granted
    assert bench.cell.activity == ("idle" if granted[0] is None else "edrx")


def test_nothing_is_granted_to_who_does_not_ask():
    assert CellBench(psm_grant=(2, 60), edrx_grant=(20_480, 2560)).idle().cell.granted == PowerSaving()


def test_a_registered_modem_that_asks_makes_one_update():
    bench = CellBench().idle()
    bench.cell.ask_psm(10, DAY_S)
    bench.cell.ask_edrx(81_920, 10_240)
    told = bench.run(5)
    assert [e[1] for e in told if e[1] != "activity"] == ["rrc", "registration", "rrc"]
    assert bench.cell.granted == PowerSaving(10, DAY_S, 81_920, 10_240) and bench.cell.stat == HOME
    bench.cell.ask_psm(10, DAY_S)
    assert bench.run(5) == []


def test_asking_within_a_connection_does_not_keep_it_for_ever():
    bench = CellBench().registered()
    bench.cell.ask_psm(10, DAY_S)
    bench.until("rrc", False, 30)


# -- PSM


def test_psm_begins_after_the_active_time():
    bench = CellBench()
    bench.cell.ask_psm(10, DAY_S)
    bench.idle()
    assert bench.until("psm", True) == pytest.approx(10)
    assert bench.cell.registered and bench.cell.signal() is None and bench.cell.activity == "psm"


def test_sending_ends_psm():
    bench = asleep(CellBench())
    bench.run(3600)
    bench.send(rai=2)
    assert not bench.cell.power_save
    bench.until("datagram", b"x" * 30)
    bench.until("psm", True, 15)


def test_a_modem_in_psm_cannot_be_reached():
    bench = asleep(CellBench(nat_timeout_s=DAY_S))
    bench.send(b"uplink")
    bench.until("psm", True)
    push(bench, b"unheard")
    bench.run(600)
    bench.send(b"again")
    bench.run(60)
    assert bench.told("datagram") == [b"uplink", b"again"]


def test_a_core_may_keep_datagrams_until_the_modem_wakes():
    bench = asleep(CellBench(nat_timeout_s=DAY_S, kept_in_psm=1))
    bench.send(b"uplink")
    bench.until("psm", True)
    push(bench, b"kept")
    push(bench, b"one too many")
    bench.run(600)
    bench.cell.wake()
    bench.run(60)
    assert bench.told("datagram") == [b"uplink", b"kept"]


def test_periodic_updates():
    bench = asleep(CellBench(), active_s=2, periodic_s=1800)
    bench.run(2 * 3600)
    woken = [at_s for at_s, what, detail in bench.events if (what, detail) == ("psm", False)]
    assert len(woken) == 3
    assert woken[1] - woken[0] == pytest.approx(1800, abs=10)
    assert bench.activities_s()["psm"] > 6900


def test_without_a_grant_updates_come_all_the_same():
    bench = CellBench().idle()
    bench.run(3 * 3240)
    assert bench.told("rrc").count(True) == 1 + 2  # the attach, then every 54 minutes and a bit


def test_lost_coverage_is_noticed_on_waking():
    bench = asleep(CellBench())
    bench.cell.coverage = False
    bench.run(3600)
    assert bench.cell.stat == HOME
    assert not bench.cell.send(PORT, b"x", SERVER)
    assert bench.cell.stat == SEARCHING and not bench.cell.power_save
    bench.cell.coverage = True
    bench.until("registration", HOME)


def test_a_detach_is_learned_on_waking():
    bench = asleep(CellBench())
    bench.cell.operator_detach(reattach=True)
    bench.run(3600)
    assert bench.cell.stat == HOME and bench.cell.power_save
    assert not bench.cell.send(PORT, b"x", SERVER)
    assert bench.told("registration")[-2:] == [NOT_SEARCHING, SEARCHING]
    bench.until("registration", HOME)


def test_denied_psm_later_granted():
    bench = CellBench(psm_grant="denied")
    bench.cell.ask_psm(10, DAY_S)
    bench.idle().run(600)
    assert not bench.cell.power_save
    bench.cell.set(psm_grant="asked")
    bench.run(3300)  # the next periodic update
    assert bench.cell.power_save


# -- paging


def test_an_idle_modem_is_paged_within_a_cycle():
    bench = CellBench(paging_cycle_ms=10_240).idle()
    bench.send(b"uplink", rai=2)
    bench.run(60)
    push(bench, b"pushed")
    took_s = bench.until("datagram", b"pushed", 20)
    assert 0.3 < took_s < 10.24 + 2


def test_edrx_delays_the_downlink_to_the_window():
    bench = CellBench(nat_timeout_s=DAY_S)
    bench.cell.ask_edrx(655_360, 10_240)
    bench.idle()
    waits_s = []
    for pause_s in (20, 140, 260, 380, 500):
        bench.send(b"uplink", rai=2)
        bench.run(pause_s)
        push(bench, b"first")
        push(bench, b"second")
        waits_s.append(bench.until("datagram", b"second", 700))
        bench.run(60)
    assert max(waits_s) > 200
    assert bench.told("datagram").count(b"first") == 5


def test_an_uplink_fetches_what_waits_for_the_window():
    bench = CellBench(nat_timeout_s=DAY_S)
    bench.cell.ask_edrx(10_485_760, 2560)
    bench.idle()
    bench.send(b"uplink", rai=2)
    bench.run(60)
    push(bench, b"waits")
    bench.run(30)
    bench.send(b"now")
    bench.run(10)
    assert bench.told("datagram") == [b"uplink", b"waits", b"now"]


def test_paging_occasions():
    edrx = PowerSaving(edrx_ms=20_480, paging_window_ms=5120)
    offset_us = 1_000_000
    for now_us in range(0, 60_000_000, 333_333):
        listens_us = next_paging_us(now_us, offset_us, 2560, edrx)
        assert now_us <= listens_us <= now_us + 20_480_000
        assert (listens_us + offset_us) % 2_560_000 == 0
        assert (listens_us + offset_us) % 20_480_000 < 5_120_000
        assert next_paging_us(now_us, offset_us, 2560, PowerSaving()) - now_us < 2_560_000

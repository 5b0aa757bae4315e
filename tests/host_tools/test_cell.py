"""The radio and the core network, asked directly: registration, latency, release, datagrams on their way."""

import dataclasses
import statistics
from itertools import pairwise

import pytest

from host_tools.simulator.cell import DENIED, HOME, NOT_SEARCHING, SEARCHING
from tests.host_tools.cell_bench import PORT, SERVER, CellBench

NOTHING_FOLLOWS, ONE_DOWNLINK = 1, 2


# -- registration


def test_attach_takes_seconds_and_tells_of_it():
    bench = CellBench().registered()
    assert bench.told("registration") == [SEARCHING, HOME]
    assert 2 < bench.now_s < 17
    assert bench.told("rrc") == [True]
    assert bench.until("rrc", False) == pytest.approx(20)


def test_detach_forgets_everything():
    bench = CellBench().idle()
    bench.send()
    bench.cell.detach()
    bench.run(60)
    assert bench.told("registration")[-1] == NOT_SEARCHING
    assert bench.received == [] and not bench.cell.send(PORT, b"x", SERVER)
    assert bench.cell.signal() is None and bench.cell.activity == "off"


def test_loss_of_coverage_is_noticed_and_mended():
    bench = CellBench().idle()
    bench.cell.coverage = False
    assert bench.told("registration")[-1] == SEARCHING and not bench.cell.send(PORT, b"x", SERVER)
    bench.run(3600)
    assert bench.cell.stat == SEARCHING
    bench.cell.coverage = True
    bench.until("registration", HOME, 20)


@pytest.mark.parametrize(
    ("cause", "stats", "within_s"),
    [
        (10, [SEARCHING], 60),  # implicitly detached: at once, again and again
        (17, [SEARCHING, DENIED, SEARCHING, DENIED], 45),  # network failure: every 10 s at first
        (15, [SEARCHING, DENIED], 600),  # no suitable cells: the modem looks again after 12 minutes
        (15, [SEARCHING, DENIED, SEARCHING, DENIED], 800),
        (3, [SEARCHING, DENIED], 86_400),  # illegal UE: never again with this SIM
    ],
)
def test_rejects(cause, stats, within_s):
    bench = CellBench(reject_cause=cause)
    bench.cell.attach()
    bench.run(within_s)
    assert bench.told("registration")[:4] == stats[:4]
    assert bench.cell.reject_cause == cause


def test_a_reject_ends_when_the_network_thinks_better_of_it():
    bench = CellBench(reject_cause=22, congestion_s=300)
    bench.cell.attach()
    bench.run(60)
    bench.cell.set(reject_cause=None)
    took_s = bench.until("registration", HOME)
    assert 240 < took_s < 330 and bench.cell.reject_cause is None


def test_a_useless_sim_is_tried_again_after_the_radio_was_off():
    bench = CellBench(reject_cause=8)
    bench.cell.attach()
    bench.run(60)
    bench.cell.set(reject_cause=None)
    bench.run(86_400)
    assert bench.cell.stat == DENIED
    bench.cell.detach()
    bench.registered()


def test_the_network_ends_the_registration():
    bench = CellBench().idle()
    bench.cell.operator_detach(reattach=False)
    assert bench.told("registration")[-1] == NOT_SEARCHING
    bench.run(3600)
    assert bench.cell.stat == NOT_SEARCHING
    bench.registered()
    bench.cell.operator_detach(reattach=True)
    assert bench.told("registration")[-2:] == [NOT_SEARCHING, SEARCHING]
    bench.until("registration", HOME, 30)


def test_reselection_within_the_area_and_to_another():
    bench = CellBench().idle()
    bench.cell.reselect(cell_id=7)
    assert bench.told("registration")[-1] == HOME and bench.cell.options.cell_id == 7
    assert True not in [detail for _, what, detail in bench.run(60) if what == "rrc"]
    bench.cell.reselect(cell_id=8, tracking_area=2)
    assert True in [detail for _, what, detail in bench.run(60) if what == "rrc"]  # it has to tell


def test_a_modem_in_psm_learns_of_another_cell_when_it_wakes():
    bench = CellBench(psm_grant=(2, 86_400)).idle()
    bench.cell.ask_psm(2, 86_400)
    bench.until("psm", True, 60)
    told = len(bench.told("registration"))
    bench.cell.reselect(cell_id=8, tracking_area=2)
    assert bench.cell.options.cell_id != 8 and len(bench.told("registration")) == told
    bench.cell.wake()
    assert bench.cell.options.cell_id == 8 and bench.told("registration")[told:] == [HOME]
    assert True in [detail for _, what, detail in bench.run(60) if what == "rrc"]


def test_time_of_the_network():
    bench = CellBench(utc_at_start=1000, utc_error_s=-30)
    bench.run(10)
    assert bench.cell.utc() == 980
    assert CellBench(utc_at_start=None).cell.utc() is None


# -- coverage


def test_level_follows_rsrp():
    levels = [CellBench(rsrp_dbm=rsrp).idle().cell.signal().ecl for rsrp in (-84, -112, -114, -124, -126)]
    assert levels == [0, 0, 1, 1, 2]


@pytest.mark.parametrize(
    ("rsrp_dbm", "p5_s", "median_s", "p95_s"),
    [(-84, 0.7, 2.4, 3.9), (-118, 1.0, 2.7, 7.6), (-128, 5.5, 6.8, 12.4)],
)
def test_round_trips_are_those_of_the_measurements(rsrp_dbm, p5_s, median_s, p95_s):
    """Dataset NB-IoT-Performance, BC95-G, from idle."""
    bench = CellBench(rsrp_dbm=rsrp_dbm).idle()
    levels = [dataclasses.replace(level, loss=0.0) for level in bench.cell.options.levels]
    bench.cell.set(levels=tuple(levels))
    trips = []
    for _ in range(300):
        trips.append(bench.round_trip_s(b"x" * 20))
        bench.run(30)
    twentieths = statistics.quantiles(trips, n=20)
    assert statistics.median(trips) == pytest.approx(median_s, rel=0.2)
    assert p5_s / 2 < twentieths[0] < p5_s * 2.3 and twentieths[-1] == pytest.approx(p95_s, rel=0.4)


def test_fading_is_slow_has_its_spread_and_is_the_same_whoever_looks():
    bench = CellBench(fading_db=6, rsrp_dbm=-100).idle()
    other = CellBench(fading_db=6, rsrp_dbm=-100).idle()
    seen = []
    for _ in range(2000):
        seen.append(bench.cell.signal().rsrp_dbm)
        bench.run(60)
    other.run(2000 * 60)
    assert other.cell._link.place.rsrp_dbm(other.cell.options) == bench.cell._link.place.rsrp_dbm(
        bench.cell.options
    )
    assert statistics.mean(seen) == pytest.approx(-100, abs=2)
    assert statistics.stdev(seen) == pytest.approx(6, abs=1.5)
    assert statistics.mean(abs(b - a) for a, b in pairwise(seen)) < 5


def test_far_below_the_last_level_nothing_gets_through():
    bench = CellBench().idle()
    bench.cell.set(rsrp_dbm=-140)
    bench.send()
    bench.run(60)
    assert bench.received == []


def test_transmitter_is_on_for_longer_where_coverage_is_worse():
    on_s = []
    for rsrp_dbm in (-84, -118, -128):
        bench = CellBench(rsrp_dbm=rsrp_dbm).idle()
        before = bench.activities_s().get("transmitting", 0)
        bench.send(b"x" * 50)
        bench.run(60)
        on_s.append(bench.activities_s()["transmitting"] - before)
    assert 0.04 < on_s[0] < on_s[1] / 3 < on_s[2] / 9
    assert bench.cell.tx_power_dbm == 23


# -- connections and datagrams


def test_release_after_silence_and_on_a_hint():
    bench = CellBench().idle()
    connected_s = {}
    for rai in (0, NOTHING_FOLLOWS, ONE_DOWNLINK):
        bench.answers = rai != NOTHING_FOLLOWS
        bench.send(rai=rai)
        start_s = bench.now_s + bench.until("rrc", True)
        bench.until("rrc", False)
        connected_s[rai] = bench.now_s - start_s
        bench.run(60)
    assert connected_s[0] > 20
    assert connected_s[NOTHING_FOLLOWS] < 6 and connected_s[ONE_DOWNLINK] < 6


def test_a_reply_after_nothing_follows_needs_paging():
    bench = CellBench(core_ms=(3000, 3000, 3000)).idle()
    bench.send(rai=NOTHING_FOLLOWS)
    bench.run(60)
    told = [detail for _, what, detail in bench.events if what in ("rrc", "datagram")]
    assert told[-4:] == [False, True, b"x" * 30, False]


def test_a_network_that_ignores_the_hint():
    bench = CellBench(rai_honoured=0.0).idle()
    bench.send(rai=NOTHING_FOLLOWS)
    bench.until("rrc", True)
    assert bench.until("rrc", False) > 20


def test_datagrams_stay_in_order_on_the_radio():
    bench = CellBench().idle()
    for number in range(20):
        bench.send(bytes([number]))
    bench.run(60)
    assert bench.received == [bytes([number]) for number in range(20)] == bench.told("datagram")


def test_duplicates_and_overtaking_behind_it():
    bench = CellBench(duplicate=0.3, reorder=0.3, reorder_ms=(1000, 1000, 1000)).idle()
    for number in range(100):
        bench.send(bytes([number]))
        bench.run(0.1)
    bench.run(60)
    assert len(bench.received) > 115 and set(bench.received) == {bytes([n]) for n in range(100)}
    assert bench.received != sorted(bench.received)


@pytest.mark.parametrize("loss", [{"uplink_loss": 0.5}, {"downlink_loss": 0.5}])
def test_loss_may_be_of_one_direction(loss):
    bench = CellBench(**loss).idle()
    for _ in range(200):
        bench.send()
        bench.run(1)
    bench.run(60)
    there, back = len(bench.received), len(bench.told("datagram"))
    assert (
        (there, there * 0.3 < back < there * 0.7) == (200, True)
        if "downlink_loss" in loss
        else (60 < there < 140 and there == back)
    )


def test_nat_forgets_after_silence():
    bench = CellBench(nat_timeout_s=120).idle()
    for pause_s in (100, 100, 200):
        bench.send()
        bench.run(pause_s)
    bench.send()
    bench.run(10)
    first, second, third, fourth = bench.sources
    assert first == second == third != fourth


def test_downlink_to_a_forgotten_mapping_is_lost():
    bench = CellBench(nat_timeout_s=120, core_ms=(0, 0, 0)).idle()
    bench.answers = False
    bench.send()
    bench.run(60)
    endpoint = bench.cell._traffic._core._mappings[PORT].endpoint
    endpoint._deliver(b"in time", SERVER)
    bench.run(100)
    endpoint._deliver(b"late", SERVER)
    bench.run(100)
    assert bench.told("datagram") == [b"in time"]


def test_another_address_means_another_public_port():
    bench = CellBench().idle()
    bench.send()
    bench.run(60)
    bench.cell.change_address()
    bench.send()
    bench.run(60)
    assert bench.told("address") == ["10.170.235.217"] and len(set(bench.sources)) == 2


def test_each_attach_may_bring_another_address():
    bench = CellBench(new_address=True).idle()
    first = bench.cell.address
    bench.cell.detach()
    bench.idle()
    assert bench.cell.address != first and bench.told("address") == []


def test_the_same_seed_is_the_same_network():
    def life(seed):
        bench = CellBench(seed, fading_db=8, rsrp_dbm=-110, uplink_loss=0.2, duplicate=0.2).idle()
        for _ in range(50):
            bench.send()
            bench.run(77)
        return bench.events

    assert life(1) == life(1) != life(2)

"""A node that listens is reached at any time, and only its server can make it do anything."""

import pytest

from host_tools.collector.commands import queue_command
from host_tools.collector.knocks import AGAIN_S, TRIES
from host_tools.collector.payload import Status
from host_tools.simulator.simulation import START_UNIX
from protocols.knock import is_knock, knock
from tests.firmware.sleeper_bench import HOUR_S, sleeper

ELSEWHERE = ("203.0.113.66", 1234)
PAUSE_S = 10  # between two knocks that a node hears

# As seldom as a pole could report, behind a NAT that waits for longer.
pytestmark = pytest.mark.device(report_s=HOUR_S, nat_timeout_s=2 * HOUR_S)


@pytest.fixture
def knocks(collector, clock, monkeypatch):
    """The times of all knocks."""
    times = []
    due = collector._core.knocks

    def note():
        found = due()
        times.extend(clock.now_s for _ in found)
        return found

    monkeypatch.setattr(collector._core, "knocks", note)
    return times


@pytest.fixture
def settled(collector, clock):
    """The node has said what a new node has to say; it will be silent for most of an hour."""
    collector.wait_report()
    clock.advance(600)


@pytest.fixture
def uplinks(collector, clock, monkeypatch):
    """When datagrams came to the collector."""
    times = []
    take = collector.datagram

    def note(data, source):
        times.append(clock.now_s)
        return take(data, source)

    monkeypatch.setattr(collector, "datagram", note)
    return times


@pytest.fixture
def endpoint(board):
    """What a stranger finds of the node: the public port of its modem's socket."""

    def find():
        (mapping,) = board.simulated.cell._traffic._core._mappings.values()
        return mapping.endpoint

    return find


def later(board, seconds, action):
    board.simulated.queue.after(round(seconds * 1e6), action)


def test_a_command_arrives_within_seconds(settled, collector, clock, world, knocks):
    before_s = clock.now_s
    assert collector.command("lamp", 60, within_s=15).status is Status.DONE
    assert world.lamp_level == pytest.approx(0.6, abs=0.001)
    assert knocks == [before_s]


def test_one_knock_fetches_all_commands(settled, collector, clock, board, knocks):
    now = START_UNIX + clock.now_s
    for level in (10, 20, 30):
        queue_command(board._store, collector.node, "lamp", [level], 600, lambda: now)
    assert collector.command("lamp", 40, within_s=15).detail == "40 %"
    assert len(knocks) == 1


def test_a_lost_knock_is_repeated(settled, collector, board, knocks):
    board.simulated.cell.set(downlink_loss=1.0)
    later(board, AGAIN_S - 5, lambda: board.simulated.cell.set(downlink_loss=0.0))
    assert collector.command("lamp", 60, within_s=2 * AGAIN_S).status is Status.DONE
    assert len(knocks) == 2


def test_a_node_that_is_gone_is_knocked_at_three_times(settled, collector, board, clock, knocks):
    board.simulated.cell.set(downlink_loss=1.0)
    later(board, 1800, lambda: board.simulated.cell.set(downlink_loss=0.0))
    assert collector.command("lamp", 60, within_s=HOUR_S).status is Status.DONE
    assert clock.now_s > HOUR_S  # with its next report
    assert len(knocks) == TRIES


def test_a_nat_that_has_forgotten_the_node(settled, collector, board, clock, knocks):
    board.simulated.cell.set(nat_timeout_s=120)
    assert collector.command("lamp", 60, within_s=HOUR_S).status is Status.DONE
    assert clock.now_s > HOUR_S
    assert len(knocks) == TRIES


def test_a_node_that_sleeps_is_not_knocked_at_for_ever():
    with sleeper("water_level") as bench:
        sent, results = [], []
        due = bench._collector.knocks

        def note():
            found = due()
            sent.extend(found)
            return found

        bench._collector.knocks = note
        bench.at(HOUR_S, lambda: bench.command("nonsense", [], 20 * HOUR_S))
        bench.at(5 * HOUR_S, lambda: results.append(bench.store.result(1)))
        bench.run(6.5)
        assert len(sent) == TRIES
        assert results == [None] and bench.store.result(1).status is Status.UNKNOWN_COMMAND


def test_a_knock_during_an_exchange(settled, collector, board, clock, monkeypatch, knocks):
    """The command comes just too late for the answer that is on its way."""
    take = collector.datagram
    numbers = []

    def late(data, source):
        answers = take(data, source)
        if not numbers:
            now = START_UNIX + clock.now_s
            numbers.append(
                queue_command(board._store, collector.node, "lamp", [60], 600, lambda: now),
            )
            collector._internet.knock(("192.0.2.1", 5683), collector._core.knocks)
        return answers

    monkeypatch.setattr(collector, "datagram", late)
    collector.wait_report(within_s=HOUR_S)
    clock.advance(2 * AGAIN_S)
    assert board._store.result(*numbers).status is Status.DONE
    assert 1 <= len(knocks) <= 2


def test_a_server_that_has_lost_the_nodes_context(settled, collector, board, knocks):
    """It knows where the node is, but no longer its keys of this session: they agree on new ones."""
    store = board._store
    kid = store.node(collector.node).kid
    collector._core._contexts.forget(kid)
    store.keep_oscore_state(kid, b"")
    assert collector.command("lamp", 60, within_s=30).status is Status.DONE
    assert len(knocks) <= 2


def test_a_node_that_has_lost_its_context(settled, collector, board, faults, clock, knocks):
    faults.cut_power(5)
    collector.wait_report()
    clock.advance(300)
    assert collector.command("lamp", 60, within_s=15).status is Status.DONE
    assert len(knocks) == 1


def test_strangers_can_make_it_send_but_seldom(settled, board, collector, clock, uplinks, endpoint, serial):
    """They knock ten times a second for two minutes."""
    for n in range(1200):
        later(board, n / 10, lambda n=n: endpoint().arrive(knock(n), ELSEWHERE))
    before = len(uplinks)
    clock.advance(130)
    assert 6 <= len(uplinks) - before <= 120 / PAUSE_S
    gaps = [b - a for a, b in zip(uplinks[before:], uplinks[before + 1 :], strict=False)]
    assert min(gaps) > PAUSE_S - 5  # what the radio takes varies
    assert len(collector.reports) == 1 and "Traceback" not in serial.text
    assert collector.command("lamp", 60, within_s=30).status is Status.DONE


def test_garbage_makes_it_send_nothing(settled, board, collector, clock, uplinks, endpoint, serial):
    rng = board.simulated.rng("garbage")
    rubbish = [b"", b"\x00", knock(1)[:-1], knock(1) + b"\x00", *(rng.randbytes(n) for n in range(1, 200))]
    assert not any(map(is_knock, rubbish))
    for n, data in enumerate(rubbish):
        later(board, n / 5, lambda data=data: endpoint().arrive(data, ELSEWHERE))
    before = len(uplinks)
    clock.advance(60)
    assert len(uplinks) == before and "Traceback" not in serial.text
    assert collector.command("lamp", 60, within_s=15).status is Status.DONE


def test_garbage_during_an_exchange(settled, board, collector, clock, uplinks, endpoint, serial):
    rng = board.simulated.rng("garbage")
    now_s = clock.now_s
    for n in range(100):
        data = knock(n) if n % 3 == 0 else rng.randbytes(n)
        later(board, HOUR_S - now_s - 5 + n / 5, lambda data=data: endpoint().arrive(data, ELSEWHERE))
    collector.wait_report(within_s=HOUR_S)
    clock.advance(60)
    assert len(collector.reports) == 2 and "Traceback" not in serial.text

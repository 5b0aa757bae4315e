"""A node under OSCORE: when it makes a fresh context, when it goes on, and whom it does not believe."""

import pytest

from host_tools.collector.payload import Status
from host_tools.provisioning.identity import NVS_CONTEXT, NVS_KEY, NVS_NAMESPACE
from host_tools.simulator.simulation import load_flash, nvs_of
from protocols.coap.message import Message, decode
from protocols.coap.numbers import ACK, BAD_REQUEST, CHANGED, OSCORE, UNAUTHORIZED

pytestmark = pytest.mark.device(report_s=10)


@pytest.fixture
def context(board):
    """The ID Context that the node's NVS holds now."""
    return lambda: nvs_of(board.simulated).get(NVS_NAMESPACE, NVS_CONTEXT)[4:]


@pytest.fixture
def air(collector, monkeypatch):
    air = Air(collector.datagram)
    monkeypatch.setattr(collector, "datagram", air.take)
    return air


class Air:
    """What travels between node and collector: `requests`, as messages.

    `forge`, where set, answers in the collector's place: a function of a request.
    """

    def __init__(self, collector):
        self.requests = []
        self.forge = None
        self._collector = collector

    def take(self, data, source):
        self.requests.append(decode(data))
        return [self.forge(self.requests[-1]).encode()] if self.forge else self._collector(data, source)


def test_the_first_report_takes_two_messages_and_nothing_in_them_is_readable(air, collector):
    collector.wait_report()
    assert len(air.requests) == 2
    collector.wait_report()
    assert len(air.requests) == 4  # one was for the health report
    for request in air.requests:
        assert [number for number, _ in request.options] == [OSCORE]


def test_a_reset_goes_on_and_a_power_cut_begins_anew(collector, faults, context):
    collector.wait_report()
    first = context()
    faults.brown_out()
    collector.wait_report()
    assert context() == first
    faults.cut_power(5)
    collector.wait_report()
    assert context() != first


def test_an_old_image_of_the_memory_is_not_believed(collector, board, faults, context, clock):
    collector.wait_report()
    old = nvs_of(board.simulated).get(NVS_NAMESPACE, NVS_CONTEXT)
    faults.cut_power(1)
    collector.wait_report()
    faults.cut_power(1)
    clock.advance(0.5)
    nvs_of(board.simulated).put(NVS_NAMESPACE, NVS_CONTEXT, old)
    collector.wait_report()
    assert context() != old[4:]


def test_commands_come_under_protection(collector, world):
    collector.wait_report()
    assert collector.command("lamp", 60).status is Status.DONE
    assert world.lamp_level == pytest.approx(0.6, abs=0.001)


@pytest.mark.parametrize("code", [CHANGED, UNAUTHORIZED, BAD_REQUEST])
def test_an_unprotected_answer_is_not_believed_and_nothing_is_lost(code, air, collector, clock, serial):
    collector.wait_report()
    air.forge = lambda request: Message(ACK, code, request.message_id, request.token, payload=b"\xa0")
    clock.advance(60)
    assert "uplink: an unprotected" in serial.text
    known = len(collector.reports)
    air.forge = None
    collector.wait_report(within_s=300)
    clock.advance(60)
    assert len(collector.reports) > known
    numbers = sorted(record.seq for record in (*collector.reports, *collector.health, *collector.events))
    assert numbers == list(range(len(numbers)))


def test_flashing_again_keeps_identity_and_keys(collector, board, faults, clock):
    node = collector.wait_report().node
    faults.cut_power(1)
    clock.advance(0.5)
    for sector in range(16, board.simulated.flash.size // 4096):
        board.simulated.flash.erase(sector * 4096, 4096)
    load_flash(board.simulated, None)
    assert nvs_of(board.simulated).get(NVS_NAMESPACE, NVS_KEY)
    assert collector.wait_report().node == node


@pytest.mark.device(plaintext=True)
def test_a_bench_link_says_so_at_every_boot(serial, faults, collector):
    serial.expect("THE LINK IS NOT PROTECTED")
    collector.wait_report()
    faults.brown_out()
    serial.expect("THE LINK IS NOT PROTECTED")


def test_a_protected_link_does_not_say_so(serial, collector):
    collector.wait_report()
    assert "NOT PROTECTED" not in serial.text

"""Desired and reported configuration at the collector."""

import pytest

from firmware.configuration_check import MAX_BYTES
from host_tools.collector.configuration import State, set_settings, status
from host_tools.collector.payload import Configuration, Event, encode_downlink
from host_tools.collector.store import Store, UnknownNodeError
from host_tools.configuration_form import ConfigurationError
from protocols import cbor, downlink
from protocols.message_numbers import CONFIGURATION_REFUSED, CRASH
from tests.host_tools.test_collector import TIME, Site

NOW = 1_800_000_000
NODE = "pole-1"


@pytest.fixture
def store():
    store = Store(None)
    store.add_node(NODE, "smart_pole", 7, None, NOW)
    yield store
    store.close()


def refuse(store, seq, version, text):
    store.add_event(NODE, Event(seq, None, CONFIGURATION_REFUSED, [version, text]), NOW)


def state(store):
    found = status(store, NODE)
    return found.state, found.reported, found.reason


def test_from_nothing_to_in_force(store):
    assert state(store) == (State.NONE, None, None)
    store.seen(NODE, NOW, 0)
    assert state(store) == (State.NONE, 0, None)
    assert set_settings(store, NODE, {"report_s": 30}) == 1
    assert state(store) == (State.PENDING, 0, None)
    assert status(store, NODE).wanted == Configuration(1, {"report_s": 30})
    store.seen(NODE, NOW, 1)
    assert state(store) == (State.IN_FORCE, 1, None)


def test_refused_and_set_again(store):
    set_settings(store, NODE, {"report_s": 30})
    store.seen(NODE, NOW, 1)
    assert set_settings(store, NODE, {"report_s": 0}) == 2
    refuse(store, 5, 1, "of long ago")
    assert state(store) == (State.PENDING, 1, None)
    refuse(store, 6, 2, "report_s is not 1 to 86400")
    assert state(store) == (State.REFUSED, 1, "report_s is not 1 to 86400")
    assert set_settings(store, NODE, {"report_s": 0}) == 3
    assert state(store) == (State.PENDING, 1, None)


def test_a_version_that_was_tried_and_taken_back(store):
    set_settings(store, NODE, {})
    store.seen(NODE, NOW, 1)
    assert state(store)[0] is State.IN_FORCE
    refuse(store, 9, 1, "no answer from the server")
    store.seen(NODE, NOW, 0)
    assert state(store) == (State.REFUSED, 0, "no answer from the server")


def test_events_that_say_something_else(store):
    set_settings(store, NODE, {})
    store.add_event(NODE, Event(1, None, CRASH, [1, "text"]), NOW)
    store.add_event(NODE, Event(2, None, CONFIGURATION_REFUSED, [1]), NOW)
    assert state(store) == (State.PENDING, None, None)


def test_versions_count_up_from_what_the_node_has(store):
    store.seen(NODE, NOW, 41)  # from an earlier database
    assert set_settings(store, NODE, {}) == 42
    store.seen(NODE, NOW, 0)
    assert set_settings(store, NODE, {}) == 43


def test_a_move_to_another_server_has_to_be_meant(store):
    there = {"server": ["there", 5683]}
    for settings, before in ((there, None), ({}, there), ({"server": ["there", 5684]}, there)):
        if before:
            set_settings(store, NODE, before, may_move=True)
        wanted = status(store, NODE).wanted
        with pytest.raises(ConfigurationError, match="another server"):
            set_settings(store, NODE, settings)
        assert status(store, NODE).wanted == wanted
    set_settings(store, NODE, {**there, "report_s": 5})


def test_an_unknown_node(store):
    for call in (lambda: status(store, "nobody"), lambda: set_settings(store, "nobody", {})):
        with pytest.raises(UnknownNodeError, match="nobody"):
            call()


def test_a_refused_version_is_not_sent_again(tmp_path):
    site = Site(tmp_path / "collector.db", {})
    set_settings(site.store, NODE, {"report_s": 30})
    assert site.uplink({6: 0})[4] == 1
    assert 4 not in site.uplink({6: 0, 4: [[7, TIME, CONFIGURATION_REFUSED, 1, "why"]]})
    assert 4 not in site.uplink({6: 0})
    set_settings(site.store, NODE, {"report_s": 40})
    answer = site.uplink({6: 0})
    assert (answer[4], answer[5]) == (2, {"report_s": 40})


def test_the_longest_configuration_fits_into_an_answer():
    settings = {"": b""}
    settings[""] = bytes(MAX_BYTES - len(cbor.dumps(settings)) - 2)
    assert len(cbor.dumps(settings)) == MAX_BYTES
    acknowledged = [number for first in (1 << 20, 1 << 25, 1 << 29) for number in range(first, first + 20)]
    answer = downlink.decode(encode_downlink(1 << 29, [], acknowledged, Configuration(1 << 29, settings)))
    assert (answer.version, answer.settings) == (1 << 29, settings)

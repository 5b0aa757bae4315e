"""The node's configuration: what is in use, trials and their ends, and power cuts at every write."""

from types import SimpleNamespace

import pytest

from firmware.configuration import FAILURES, Configuration
from firmware.trial import TRIAL_S
from protocols import cbor

BOARD = SimpleNamespace(
    SAMPLE_S=60,
    REPORT_S=60,
    SEND_S=0,
    HEALTH_S=3600,
    POINTS=(
        ("voltage", "meter", "voltage_mv", 100, 0, 3000, 400, 20),
        ("energy", "meter", "energy_wh", 1, None, None, None, None),
    ),
    RULES={0: (0, 50, 60, 2530, 1870, 30)},
    OUTPUTS={"lamp": ("lamp", 100)},
    PARTS={"gauge": ("module:Gauge", None, None, {}, {}, {"height_mm": 500, "datum_mm": 7})},
    SETTINGS={"gauge": {"height_mm": [0, 900], "datum_mm": [0, 900], "zero_mm": [-9, 9]}},
)
PROVISIONED = SimpleNamespace(host="collector", port=5683, report_s=None)
PLACE, PLAN = [480, 225431, 1140579], [100, [], []]


class PowerCut(BaseException):
    """Not an Exception: it unwinds everything, as a reset does."""


class Blob:
    """As NvsBlob: each store either happens or does not."""

    def __init__(self, nvs):
        self._nvs = nvs
        self.data = b""

    def load(self):
        return self.data

    def store(self, data):
        self._nvs.operation()
        self.data = data
        self._nvs.operation()


class Bench:
    """One node's NVS, and what it told; `boot` starts its program anew."""

    def __init__(self):
        self.cut_after = None
        self.operations = 0
        self.blobs = Blob(self), Blob(self)
        self.told = []
        self.lines = []

    def operation(self):
        self.operations += 1
        if self.operations == self.cut_after:
            raise PowerCut

    def boot(self, woke=False, provisioned=PROVISIONED):
        tell = lambda version, text: self.told.append((version, text))  # noqa: E731
        return Configuration(BOARD, provisioned, self.blobs, tell, self.lines.append, woke)


def in_force(settings, version=1):
    bench = Bench()
    configuration = bench.boot()
    configuration.take(version, settings)
    configuration.take(version, None)
    return bench


def test_without_settings_all_is_as_provisioned_or_as_the_board_has_it():
    configuration = Bench().boot()
    assert (configuration.version, configuration.changed) == (0, True)
    assert (configuration.sample_s, configuration.report_s) == (60, 60)
    assert (configuration.send_s, configuration.health_s) == (0, 3600)
    assert configuration.server == ("collector", 5683)
    assert (configuration.place, configuration.plans, configuration.safe) == (None, {}, {})
    assert configuration.rules == BOARD.RULES
    provisioned = SimpleNamespace(host="collector", port=5683, report_s=20)
    configuration = Bench().boot(provisioned=provisioned)
    assert (configuration.sample_s, configuration.report_s) == (20, 20)


def test_settings_replace_what_they_name():
    settings = {
        "sample_s": 30,
        "report_s": 300,
        "send_s": 900,
        "health_s": 7200,
        "server": ["other", 5684],
        "place": PLACE,
        "plans": {"lamp": PLAN},
        "safe": {"lamp": 50},
        "rules": {"voltage": {"above": None, "min_s": 0}, "energy": {"step": 1000}},
    }
    configuration = in_force(settings, 9).boot()
    assert (configuration.version, configuration.sample_s, configuration.report_s) == (9, 30, 300)
    assert (configuration.send_s, configuration.health_s) == (900, 7200)
    assert configuration.server == ("other", 5684)
    assert (configuration.place, configuration.plans, configuration.safe) == (
        PLACE,
        {"lamp": PLAN},
        {"lamp": 50},
    )
    assert configuration.rules == {0: (0, 50, 0, None, 1870, 30), 1: (1, 1000, 0, None, None, 0)}
    assert BOARD.RULES == {0: (0, 50, 60, 2530, 1870, 30)}


def test_settings_are_used_at_once_and_in_force_when_an_answer_came():
    bench = Bench()
    configuration = bench.boot()
    configuration.changed = False
    configuration.take(3, {"report_s": 30})
    assert (configuration.version, configuration.report_s, configuration.changed) == (3, 30, True)
    assert configuration.on_trial()
    configuration.changed = False
    configuration.take(3, None)
    assert not (configuration.on_trial() or configuration.changed)
    configuration.take(4, {})  # the whole replaces the whole
    assert (configuration.version, configuration.report_s) == (4, 60)
    assert bench.told == []


def test_an_answer_without_settings_changes_nothing():
    bench = in_force({"report_s": 30})
    configuration, written = bench.boot(), bench.operations
    for version, settings in ((None, None), (2, None), (1, {"report_s": 50})):
        configuration.take(version, settings)
    assert (configuration.version, configuration.report_s, bench.operations) == (1, 30, written)


def test_wrong_settings_are_refused_once():
    bench = in_force({"report_s": 30})
    for _ in range(2):
        configuration = bench.boot()
        for _ in range(2):
            configuration.take(2, {"report_s": 0})
            assert (configuration.version, configuration.report_s) == (1, 30)
    assert bench.told == [(2, "report_s is not 1 to 86400")]
    configuration.take(3, {"report_s": 40})
    assert configuration.version == 3


def test_a_node_that_gets_no_answer_takes_the_old_ones_back():
    bench = in_force({"report_s": 30})
    configuration = bench.boot()
    configuration.take(2, {"server": ["nobody", 5683]})
    configuration.poll(5000)
    configuration.poll(5000 + TRIAL_S)
    assert configuration.version == 2 and bench.told == []
    configuration.changed = False
    configuration.poll(5001 + TRIAL_S)
    assert (configuration.version, configuration.server) == (1, ("collector", 5683))
    assert configuration.changed
    assert bench.told == [(2, "no answer from the server")]
    for later in (configuration, bench.boot()):
        later.take(2, {"server": ["nobody", 5683]})
        later.poll(20_000)
        assert later.version == 1
    assert len(bench.told) == 1


def test_a_node_that_sends_seldom_has_longer():
    for settings in ({"report_s": 3600}, {"send_s": 3600}):
        configuration = Bench().boot()
        configuration.take(1, settings)
        configuration.poll(0)
        configuration.poll(3 * 3600)
        assert configuration.version == 1
        configuration.poll(3 * 3600 + 1)
        assert configuration.version == 0


def test_each_trial_has_its_own_time():
    configuration = Bench().boot()
    configuration.take(1, {})
    configuration.poll(0)
    configuration.take(2, {"report_s": 30})
    configuration.poll(TRIAL_S + 1)
    assert configuration.version == 2


def test_settings_that_make_the_node_start_again_and_again():
    bench = in_force({"report_s": 30})
    bench.boot().take(2, {"report_s": 1})
    for _ in range(FAILURES):
        assert bench.boot().version == 2
    configuration = bench.boot()
    assert configuration.version == 1
    configuration.take(1, None)  # proves the old ones, not those on trial
    assert bench.boot().version == 1
    bench.boot().poll(0)
    assert bench.told == [(2, "no answer from the server")]


def test_a_node_that_sleeps_counts_its_fruitless_attempts():
    bench = in_force({"report_s": 3600})
    bench.boot(woke=True).take(2, {"server": ["nobody", 5683]})
    for attempt in range(FAILURES + 1):
        assert bench.boot(woke=True).version == 2, attempt  # wakes, and has nothing to send
        configuration = bench.boot(woke=True)
        configuration.failed()
        configuration.poll(10)
    assert configuration.version == bench.boot(woke=True).version == 1
    assert bench.told == [(2, "no answer from the server")]
    configuration.failed()
    assert bench.boot().version == 1


def test_what_cannot_be_read_counts_as_none():
    for which in (0, 1):
        bench = in_force({"report_s": 30})
        bench.blobs[which].data = bench.blobs[which].data[:-1]
        assert bench.boot().version == 1  # one record makes up for the other
        assert bench.lines[-1] == "configuration: cannot be read"
        bench.blobs[1 - which].data = b"\xff"
        assert bench.boot().version == 0


@pytest.mark.parametrize(
    "settings", [None, {"report_s": 5}, {"report_s": 0}], ids=["proved", "tried", "refused"]
)
def test_as_the_factory_made_it(settings):
    bench = in_force({"report_s": 30})
    configuration = bench.boot()
    configuration.take(2, settings)
    configuration.erase()
    assert (configuration.version, configuration.report_s) == (0, 60)
    assert (bench.boot().version, bench.boot().on_trial()) == (0, False)
    configuration.take(2, {"report_s": 7})
    assert bench.boot().report_s == 7


WANTED = [
    {"report_s": 30},
    {"report_s": 0},
    {"server": ["nobody", 5683]},
    {"server": ["other", 5683], "rules": {"voltage": {"step": 10}}},
    {},
]


def live(bench, sleeps):
    """A server that wants one after the other, and power that may be cut once; what is in use after each."""
    configuration, uptime_s = bench.boot(), 0
    for version, settings in enumerate(WANTED, 1):
        for _ in range(2 * FAILURES + 2):
            try:
                if configuration.server[0] == "nobody":
                    if sleeps:
                        configuration.failed()
                else:
                    new = configuration.version != version
                    configuration.take(version, settings if new else None)
                configuration.poll(uptime_s)
            except PowerCut:
                before = [cbor.loads(blob.data)[0] if blob.data else 0 for blob in bench.blobs]
                configuration, uptime_s = bench.boot(), 0
                assert configuration.version in before
            uptime_s += 600
        yield configuration.version, configuration.server, configuration.rules, configuration.on_trial()


@pytest.mark.parametrize("sleeps", [False, True])
def test_a_power_cut_at_any_write_loses_no_settings_and_keeps_no_refused_ones(sleeps):
    bench = Bench()
    expected = list(live(bench, sleeps))
    told = [(2, "report_s is not 1 to 86400"), (3, "no answer from the server")]
    assert [state[0] for state in expected] == [1, 1, 1, 4, 5] and bench.told == told
    for cut_after in range(1, bench.operations + 1):
        cut = Bench()
        cut.cut_after = cut_after
        assert list(live(cut, sleeps)) == expected, cut_after
        assert sorted(set(cut.told)) == told and len(cut.told) <= 3


def test_a_power_cut_while_all_is_erased():
    for cut_after in (1, 2, 3, 4):
        bench = in_force({"report_s": 30})
        bench.boot().take(2, {"report_s": 5})
        bench.operations, bench.cut_after = 0, cut_after
        with pytest.raises(PowerCut):
            bench.boot(woke=True).erase()
        configuration = bench.boot(woke=True)
        assert configuration.version == (2, 1, 1, 0)[cut_after - 1]


class Driver:
    """Has what it was last configured with."""

    def configure(self, **settings):
        self.settings = settings


def test_parts_are_given_all_their_settings_each_time():
    gauge = Driver()
    bench = Bench()
    configuration = bench.boot()
    configuration.configure_parts({"gauge": gauge, "lamp": None})
    assert gauge.settings == {"height_mm": 500, "datum_mm": 7}
    configuration.take(1, {"parts": {"gauge": {"datum_mm": 9, "zero_mm": -1}}})
    for again in (configuration, bench.boot(woke=True), bench.boot()):  # over sleep and reset
        again.configure_parts({"gauge": gauge})
        assert gauge.settings == {"height_mm": 500, "datum_mm": 9, "zero_mm": -1}
    again.take(2, {})
    again.configure_parts({"gauge": gauge})
    assert gauge.settings == {"height_mm": 500, "datum_mm": 7}
    again.configure_parts({})  # safe mode has none

"""Commands: from the collector to the lamp, and their results back."""

import random
from collections import Counter

import pytest

from host_tools.boards import load_board
from host_tools.collector.payload import Command, Result, Status, decode_uplink, encode_downlink
from host_tools.simulator.flash_faults import FlashFaults
from host_tools.simulator.simulation import SERVER
from protocols.coap.message import decode
from protocols.coap.numbers import CHANGED
from tests.firmware.pole_bench import PERIOD_S, START, PoleBench, response, with_application

HOUR_S = 3600
LAMP_AT_60_W = 4 + 116 * 0.6  # as the world has it


def test_lamp_dims_and_the_next_report_shows_it(tmp_path):
    bench = PoleBench(tmp_path)
    bench.command(100, "lamp", 60)
    levels = []
    for time_s in (119, 130):
        bench.at(time_s, lambda: levels.append(bench.board.world.lamp_level))
    bench.run(400)
    assert levels == [1.0, pytest.approx(0.6, abs=0.0001)]
    before, after = bench.in_order()[2:4]
    assert (before.points["lamp_level"], after.points["lamp_level"]) == (100, 60)
    assert bench.taken_s(after) - bench.taken_s(before) < 10  # one more, as soon as the lamp has settled
    assert after.points["power"] == pytest.approx(LAMP_AT_60_W, abs=0.06)
    world = bench.world_at(bench.taken_s(after), lamp_level=0.6)
    assert after.points["current"] == pytest.approx(world.current_a, abs=0.002)
    assert after.points["current"] < 0.7 * before.points["current"]
    result = bench.result(1)
    assert (result.status, result.detail) == (Status.DONE, "60 %")


def test_a_report_for_a_command_does_not_shift_the_others(tmp_path):
    bench = PoleBench(tmp_path)
    for i in range(5):
        bench.command(100 + 60 * i, "lamp", 50 + i)
    bench.run(900)
    reports = bench.in_order()
    on_time = [report for report in reports if (bench.taken_s(report) + 1) % PERIOD_S <= 1]
    assert len(reports) - len(on_time) == 5
    assert len(on_time) == 15


@pytest.mark.parametrize(
    ("name", "arguments", "status", "reason"),
    [
        ("lamp", [300], Status.BAD_ARGUMENT, "300"),
        ("lamp", [-1], Status.BAD_ARGUMENT, "-1"),
        ("lamp", ["abc"], Status.BAD_ARGUMENT, "abc"),
        ("lamp", [None], Status.BAD_ARGUMENT, "None"),
        ("lamp", [True], Status.BAD_ARGUMENT, "True"),
        ("lamp", [], Status.BAD_ARGUMENT, "usage: lamp PERCENT|auto [MINUTES]"),
        ("lamp", [60, 0], Status.BAD_ARGUMENT, "minutes 0 is not 1 to 10080"),
        ("lamp", [60, 5, 5], Status.BAD_ARGUMENT, "usage: lamp PERCENT|auto [MINUTES]"),
        ("lamp", ["ä" * 200], Status.BAD_ARGUMENT, "level ää"),
        ("fountain", [60], Status.UNKNOWN_COMMAND, "known: factory_reset, lamp"),
        ("lampe" * 40, [], Status.UNKNOWN_COMMAND, "known: factory_reset, lamp"),
    ],
)
def test_refused_with_a_reason(tmp_path, name, arguments, status, reason):
    bench = PoleBench(tmp_path)
    bench.command(30, name, *arguments)
    bench.run(200)
    assert bench.board.world.lamp_level == 1.0
    assert {report.points["lamp_level"] for report in bench.reports} == {100}
    result = bench.result(1)
    assert result.status == status
    assert reason in result.detail
    assert len(bench.in_order()) >= 4  # and all goes on


def answered(data, bench, commands):
    """The answer that acknowledges all and brings these commands."""
    uplink = decode_uplink(decode(data).payload)
    heard = [item.seq for item in (*uplink.reports, *uplink.health, *uplink.events)]
    return response(data, CHANGED, encode_downlink(START + int(bench.now_s), commands, heard))


class Repeating:
    """A server that answers every message with all commands of its list, whatever results it has got."""

    def __init__(self, bench):
        self.commands = []
        self._bench = bench
        bench.answer = self

    def __call__(self, data, _source):
        return answered(data, self._bench, self.commands)

    def add(self, time_s, *command):
        self._bench.at(time_s, lambda: self.commands.append(Command(*command)))

    def results(self):
        return [result for uplink in self._bench.uplinks for result in uplink.results]


def test_a_command_that_is_delivered_again_and_again_is_carried_out_once(tmp_path):
    bench = PoleBench(tmp_path)
    server = Repeating(bench)
    server.add(100, 1, START + 3600, "lamp", [60])
    server.add(300, 2, START + 3600, "lamp", [30])
    bench.run(1200)
    assert [(result.command_id, result.status) for result in server.results()] == [(1, 0), (2, 0)]
    levels = [report.values[0] for uplink in bench.uplinks for report in uplink.reports]
    assert levels == [100] * levels.index(60) + [60] * levels.count(60) + [30] * levels.count(30)


def test_many_commands_at_once(tmp_path):
    """One downlink brings more than one uplink can report on, and the collector repeats the rest."""
    bench = PoleBench(tmp_path)
    for _ in range(30):
        bench.command(30, "lamp", "yyy")
    for i in range(10):
        bench.command(30, "lamp", 50 + i)
    bench.run(600)
    assert all(bench.result(1 + i).status == Status.BAD_ARGUMENT for i in range(30))
    assert [bench.result(31 + i).detail for i in range(10)] == [f"{50 + i} %" for i in range(10)]
    assert bench.console.count("command lamp") == 40
    assert max(len(uplink.results) for uplink in bench.uplinks) < 20
    assert bench.reports[-1].points["lamp_level"] == 59


def test_too_late(tmp_path):
    bench = PoleBench(tmp_path)
    server = Repeating(bench)
    server.add(100, 1, START + 60, "lamp", [60])
    bench.run(400)
    assert [(result.command_id, result.status) for result in server.results()] == [(1, Status.EXPIRED)]
    assert "too late" in bench.console
    assert {report.values[0] for uplink in bench.uplinks for report in uplink.reports} == {100}


def test_a_result_survives_an_outage(tmp_path):
    bench = PoleBench(tmp_path)
    bench.command(100, "lamp", 60)
    first_heard_s = 1200

    def hears_no_result_at_first(data, source):
        is_lost = decode_uplink(decode(data).payload).results and bench.now_s < first_heard_s
        return [] if is_lost else bench.collector.datagram(data, source)

    bench.answer = hears_no_result_at_first
    bench.run(2400)
    assert bench.result(1).status == Status.DONE
    assert [len(uplink.results) for uplink in bench.uplinks].count(1) >= 2  # it was sent again
    assert bench.collector.counts["repeated or unknown results"] == 0


def test_a_command_is_carried_out_once_across_power_cuts(tmp_path):
    """The server repeats it all the while; the node loses its power before and after it has answered."""
    bench = PoleBench(tmp_path)
    server = Repeating(bench)
    server.add(100, 1, START + 3600, "lamp", [60])
    for second in (125, 400, 405):
        bench.at(second, lambda: bench.board.chip.cut_power(1_000_000))
    bench.run(900)
    assert bench.console.count("command lamp: 60 %") == 1
    assert {(result.command_id, result.status) for result in server.results()} == {(1, Status.DONE)}


RESETTING_APPLICATION = """
import machine

class Application:
    def __init__(self, parts, record):
        self.commands = {"jump": (machine.reset, "")}

    async def run(self):
        pass
"""


def test_a_command_that_a_reset_breaks_off_is_answered_and_not_begun_again(tmp_path):
    bench = PoleBench(tmp_path, files=with_application(RESETTING_APPLICATION))
    bench.command(100, "jump")
    bench.command(100, "jump")
    bench.run(900)
    assert bench.board.chip.resets["software"] == 2
    for command in (1, 2):
        assert bench.result(command) == Result(command, Status.FAILED, "broken off by a reset")


def test_a_command_that_a_reset_breaks_off_is_answered_though_the_server_says_it_only_once(tmp_path):
    """Past its deadline, the collector does not repeat it."""
    bench = PoleBench(tmp_path, files=with_application(RESETTING_APPLICATION))
    server = Repeating(bench)

    def says_it_once(data, source):
        answer = server(data, source)
        server.commands.clear()
        return answer

    bench.answer = says_it_once
    server.add(100, 1, START + 130, "jump", [])
    bench.run(600)
    assert bench.board.chip.resets["software"] == 1
    assert server.results() == [Result(1, Status.FAILED, "broken off by a reset")]


def test_commands_in_the_wrong_order_are_carried_out_in_the_right_one(tmp_path):
    bench = PoleBench(tmp_path)
    server = Repeating(bench)
    for number in (3, 1, 2, 1):
        server.add(100, number, START + 3600, "lamp", [20 + number])
    bench.run(400)
    assert [result.command_id for result in server.results()] == [1, 2, 3]
    assert bench.board.world.lamp_level == pytest.approx(0.23, abs=0.0001)


class Careless:
    """A server whose answers come twice, late or never, with commands doubled, shuffled, or long answered.

    It keeps to what docs/messages.md says: none of the commands that wait is left out while a later one is
    sent.
    """

    def __init__(self, bench, rng):
        self.commands = []
        self.results = {}  # the first of each command
        self._bench = bench
        self._rng = rng
        bench.answer = self

    def __call__(self, data, source):
        rng = self._rng
        uplink = decode_uplink(decode(data).payload)
        for result in uplink.results:
            self.results.setdefault(result.command_id, result)
        waiting = [command for command in self.commands if command.id not in self.results]
        old = [command for command in self.commands if command.id in self.results]
        said = waiting[: rng.randint(0, 4)] + rng.sample(old, min(len(old), rng.randint(0, 2)))
        said += rng.sample(said, rng.randint(0, len(said)))
        rng.shuffle(said)
        answers = answered(data, self._bench, said)
        if rng.random() < 0.3:
            self._later(rng.uniform(1, 100), [(answer, source) for answer in answers])
        return answers * rng.choice((0, 1, 1, 1, 2))

    def _later(self, after_s, late):
        """It comes before or after the answer to the next message; power may have failed meanwhile."""
        bench = self._bench
        bench.at(bench.now_s + after_s, lambda: bench._internet.knock(SERVER, lambda: late and [late.pop()]))


def test_a_sleeping_node_that_is_always_told_to_restart_does_so_once(tmp_path):
    """Its outbox is opened anew in each wake, and power fails as well."""
    bench = PoleBench(tmp_path, product=load_board("water_level"))
    server = Repeating(bench)
    server.add(600, 1, START + 20 * HOUR_S, "restart", [])
    server.add(7 * HOUR_S, 2, START + 20 * HOUR_S, "nonsense", [])
    for hour in (8, 9):
        bench.at(hour * HOUR_S, lambda: bench.board.chip.cut_power(1_000_000))
    bench.run(10 * HOUR_S)
    assert bench.console.count("command restart") == 1
    assert bench.board.chip.resets["software"] == 1
    assert [(result.command_id, result.status) for result in server.results()] == [
        (1, Status.DONE),
        (2, Status.UNKNOWN_COMMAND),
    ]


@pytest.mark.parametrize("seed", range(8))
def test_each_command_takes_effect_once_whatever_happens_to_server_and_power(tmp_path, seed):
    rng = random.Random(seed)
    bench = PoleBench(tmp_path, report_s=20)
    server = Careless(bench, rng)
    levels = list(range(10, 60))
    rng.shuffle(levels)
    late = set()
    for number, level in enumerate(levels, 1):
        queued_s = 60 + 24 * number
        patience_s = rng.choice((3600, 3600, 3600, -10))  # less is within the clock's error
        late |= {number} if patience_s < 0 else set()
        command = Command(number, START + queued_s + patience_s, "lamp", [level])
        bench.at(queued_s, lambda command=command: server.commands.append(command))

    lamp = bench.board.parts["lamp"]
    drive, shown, times = lamp.pwm, [0], Counter()

    def watch(name, duty, frequency_hz):
        if round(100 * duty) != shown[-1]:
            shown.append(round(100 * duty))
            times[shown[-1]] += 1
        drive(name, duty, frequency_hz)

    lamp.pwm = watch
    faults = FlashFaults(bench.board.flash, random.Random(seed))
    for _ in range(25):  # several are in the midst of a command: its NVS writes are many of the operations
        bench.at(rng.uniform(60, 1260), lambda: faults.cut_after(rng.randint(1, 30), rng.random()))
    bench.run(2400)
    assert bench.board.chip.resets["power cut"] > 10
    assert sorted(server.results) == list(range(1, 51))
    for number, level in enumerate(levels, 1):
        result = server.results[number]
        if result.status == Status.FAILED:
            assert result.detail == "broken off by a reset"
            assert times[level] <= (number not in late)
        elif number in late:
            assert (times[level], result.status) == (0, Status.EXPIRED)
        else:
            assert (times[level], result.status) == (1, Status.DONE)

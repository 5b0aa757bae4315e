"""The collector's process is killed between its database's commit and the answer, or before the commit."""

from host_tools.boards import load_board
from host_tools.collector.commands import queue_command
from host_tools.collector.payload import Status
from host_tools.collector.store import Store
from host_tools.simulator.board import BoardOptions
from host_tools.simulator.simulation import SERVER, START_UNIX, provisioned, stage
from tests.host_tools.doomed_collector import COMMITTED, STORED, KilledCollector

DEATHS = [
    (2, COMMITTED),
    (4, STORED),
    (1, COMMITTED),
    (3, COMMITTED),
]  # uplinks that each process takes, moment
DURATION_S = 20 * 60
PERIOD_S = 60
LEVELS = (20, 30, 40, 50, 60, 70)


def test_nothing_is_stored_or_carried_out_twice(tmp_path):
    path = tmp_path / "collector.db"
    store = Store(path)
    with stage(load_board("smart_pole"), BoardOptions(start_unix=START_UNIX)) as made:
        node = provisioned(made.simulated, store, SERVER).node  # the same keys as the stage has given it
        collector = KilledCollector(path, list(DEATHS), made.unix_time)
        made._internet.serve(SERVER, collector.datagram)
        console = bytearray()
        made.simulated.chip.console.listeners.append(console.extend)
        for n, level in enumerate(LEVELS):
            made.queue.at(
                (90 + 150 * n) * 1_000_000,
                lambda level=level: queue_command(store, node, "lamp", [level], 3600, made.unix_time),
            )
        made.play(DURATION_S)
        collector.close()
    assert collector.deaths == [] and len(collector.repeated) == len(DEATHS) + 1
    for (_, moment), repeated in zip(DEATHS, collector.repeated[1:], strict=True):
        assert (repeated > 0) == (moment == COMMITTED)  # it sent again what it had no answer to
    stored = [*store.reports(node), *store.events(node)]
    assert len({item.seq for item in stored}) == len(stored)
    periods = {round((report.time - START_UNIX) / PERIOD_S) for report in store.reports(node, health=False)}
    assert periods >= set(range(DURATION_S // PERIOD_S - 1))
    for n, level in enumerate(LEVELS, 1):
        assert store.result(n).status is Status.DONE
        assert console.decode().count(f"command lamp: {level} %") == 1
    store.close()

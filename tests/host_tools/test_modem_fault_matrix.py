"""Every fault of a modem on every module: in the end all datagrams are delivered, and the rungs are known.

The application is as small as one can be: it sends numbered datagrams, each until it is acknowledged, by the
contract that `Modem.recover` states.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from drivers.modem.ladder import RUNGS
from drivers.modem.udp import RAI_ONE_DOWNLINK
from protocols.errors import LinkTimeout, ModemError
from tests.host_tools.driver_bench import MODULES, SERVER, DriverBench

DATAGRAMS = 12
FAULT_AT = 4  # before this datagram
PERIOD_S = 60
ACKNOWLEDGE_MS = 20_000
LIMIT_S = 10 * 3600
HEIGHTS = {name: height for height, (name, _) in enumerate(RUNGS)}


@dataclass(frozen=True)
class Fault:
    """`begin` and `end` take the bench; `end` comes after `seconds`.

    The highest rung that is used lies between `least` ("": none at all) and `most`.
    """

    begin: Callable
    end: Callable = lambda bench: None
    seconds: int = 0
    least: str = ""
    most: str = "sync"


def fault(name: str, *arguments, **limits) -> Fault:
    return Fault(lambda bench: getattr(bench.module.faults, name)(*arguments), **limits)


def lasting(name: str, on: tuple, off: tuple, ends: str = "", **limits) -> Fault:
    """A fault that a second call ends."""
    return Fault(
        lambda bench: getattr(bench.module.faults, name)(*on),
        lambda bench: getattr(bench.module.faults, ends or name)(*off),
        **limits,
    )


def cell(during: dict, after: dict, **limits) -> Fault:
    return Fault(lambda bench: bench.cell.set(**during), lambda bench: bench.cell.set(**after), **limits)


def set_coverage(present: bool) -> Callable:
    return lambda bench: setattr(bench.cell, "coverage", present)


FAULTS = {
    "none": Fault(lambda bench: None, most=""),
    "silent": lasting("silent", (True,), (False,), seconds=900, least="reset_pin", most="power_rail"),
    "half response": fault("half_response"),
    "garbage": fault("garbage", 500),
    "reboot": fault("reboot"),
    "reboot in mid-send": Fault(lambda bench: bench.queue.after(100_000, bench.module.faults.reboot)),
    "SIM removed": lasting("remove_sim", (), (), "insert_sim", seconds=900, least="radio", most="power_rail"),
    "URCs lost": fault("lose_urc", 3),
    "URCs twice": fault("repeat_urc", 5),
    "URCs late": lasting("delay_urc", (25_000,), (0,), seconds=900, most="reset_pin"),
    "ERROR once": fault("error_once"),
    "CME ERROR once": fault("error_once", 50),
    "wedge": fault("wedge", least="power_rail", most="power_rail"),
    "brown-outs": fault("brown_out_on_transmit", 3),
    "long response": fault("long_response"),
    "sockets lost": fault("lose_sockets"),
    "no coverage": Fault(set_coverage(False), set_coverage(True), 1800, "radio", "power_rail"),
    "detached": Fault(lambda bench: bench.cell.operator_detach(False)),
    "other address": Fault(lambda bench: bench.cell.change_address()),
    "half is lost": cell(
        {"uplink_loss": 0.5, "downlink_loss": 0.5},
        {"uplink_loss": 0.0, "downlink_loss": 0.0},
        seconds=1800,
        least="repeat",
        most="power_rail",  # three in four exchanges fail, and none is repeated by itself
    ),
    # It answers AT, is registered and takes datagrams, and nothing comes through.
    "black hole": cell(
        {"uplink_loss": 1.0}, {"uplink_loss": 0.0}, seconds=7200, least="power_rail", most="power_rail"
    ),
}


async def deliver(bench, modem):
    """Send all datagrams, each until it is acknowledged, whatever happens."""
    socket = None
    for number in range(DATAGRAMS):
        if number == FAULT_AT:
            bench.fault.begin(bench)
            bench.queue.after(bench.fault.seconds * 1_000_000, lambda: bench.fault.end(bench))
        acknowledged = False
        while not acknowledged:
            try:
                if modem.restarted.is_set() or not modem.registered:
                    await modem.start()
                    socket = None
                socket = socket or await modem.open_udp(*SERVER)
                await exchange(socket, bytes([number]))
                modem.alive()
                acknowledged = True
            except (LinkTimeout, ModemError) as error:
                if socket:
                    await socket.close()
                    socket = None
                await modem.recover(error)
        await asyncio.sleep(PERIOD_S)


async def exchange(socket, data):
    await socket.send(data, RAI_ONE_DOWNLINK)
    answer = None
    while answer != data + data:  # late answers to earlier datagrams come first
        answer = await socket.receive(ACKNOWLEDGE_MS)
        if answer is None:
            raise LinkTimeout("no acknowledgement")


@pytest.mark.parametrize("part", MODULES)
@pytest.mark.parametrize("name", FAULTS)
def test_all_is_delivered_in_the_end(name, part):
    bench = DriverBench(part)
    bench.fault = FAULTS[name]
    arrived = []
    bench.internet.serve(SERVER, lambda data, _source: arrived.append(data) or [data + data])
    bench.play(lambda *both: asyncio.wait_for(deliver(*both), LIMIT_S))
    assert set(arrived) == {bytes([number]) for number in range(DATAGRAMS)}
    rungs = {rung: count for rung, count in bench.modem.rungs.items() if count}
    highest = max((HEIGHTS[rung] for rung in rungs), default=-1)
    assert HEIGHTS.get(bench.fault.least, -1) <= highest <= HEIGHTS.get(bench.fault.most, -1), rungs
    told = [text.partition(":")[0] for event, text in bench.events if event == "rung"]
    assert {rung: told.count(rung) for rung in told} == rungs

"""The gas modules of a chamber, and the switch of their supply.

Modelled: the answers of DFRobot's SEN0465 to SEN0467 on I²C (library DFRobot_MultiGasSensor V2.0) and the
analogue output of Winsen's MH-440D behind an ADS1115, both only with a supply; the warm-up, in which a module
shows no gas, and then the sensor's slow answer to a change.  Not modelled: active upload, calibration,
temperature, ageing.
"""

import math
import random
from collections.abc import Iterable

from host_tools.simulator.buses import I2CDevice, NackError
from host_tools.simulator.devices.ads1115_probe import Ads1115Probe
from host_tools.simulator.devices.faults import ReplyFaults
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.world import World

WARM_UP_US = 60_000_000
RESPONSE_S = 13.0  # time constant: 90 % after 30 s
READ_CONCENTRATION = 0x86
COUNTS_MOST = 0xFFFF
ZERO_V, SPAN_V = 0.4, 1.6
CH4_RANGE_PPM = 50_000
NOISE_V = 0.002
# At 5 V, estimates: 85 mA is what Winsen gives its infrared modules of this size on average, at most 5 mA is
# usual for an electrochemical module.
METHANE_MA, ELECTROCHEMICAL_MA = 85, 5
SUPPLY_MA = (METHANE_MA + 3 * ELECTROCHEMICAL_MA) * 5 / 3.6 / 0.9  # of the cell, with the converter's losses


class Supplied:
    """What is behind the switch: off until `supply(True)`."""

    on_since_us: int | None = None

    def supply(self, on: bool, now_us: int) -> None:
        self.on_since_us = now_us if on else None

    def share(self, now_us: int) -> float:
        """How much of what there is it shows, 0.0 to 1.0."""
        warm_s = (now_us - (self.on_since_us or 0) - WARM_UP_US) / 1_000_000
        return 1 - math.exp(-warm_s / RESPONSE_S) if warm_s > 0 else 0.0


class GasSupply(I2CDevice):
    """A switch on P0 of a PCF8574, on while that is low; `feeds` are the modules behind it.

    Fault: `absent` (acknowledges nothing).
    """

    def __init__(self, queue: EventQueue, world: World, rng: random.Random, address: int = 0x20):
        self._queue = queue
        self.feeds: Iterable[Supplied] = ()
        self.is_on = False
        self.absent = False

    def write(self, data: bytes) -> None:
        if self.absent:
            raise NackError
        if data:
            self._switch(not data[-1] & 1)

    def power(self, on: bool) -> None:
        self._switch(False)

    def _switch(self, on: bool) -> None:
        if on == self.is_on:
            return
        self.is_on = on
        self.takes(SUPPLY_MA if on else 0)
        for module in self.feeds:
            module.supply(on, self._queue.now_us)


class GasModule(Supplied, I2CDevice):
    """Faults: those of `faults`; `absent` (acknowledges nothing)."""

    GAS, NAME, DECIMALS = 0, "", 0
    CLEAN = 0.0  # what it shows in its warm-up

    def __init__(self, queue: EventQueue, world: World, rng: random.Random, address: int):
        self._queue = queue
        self._world = world
        self._gas = world.gas
        self.faults = ReplyFaults()
        self.absent = False
        self._answer = b""

    def write(self, data: bytes) -> None:
        self._acknowledge()
        if len(data) == 10 and data[3] == READ_CONCENTRATION and checksum(data[1:]) == data[9]:
            self._answer = self.faults.apply(self._concentration())

    def read(self, length: int) -> bytes:
        self._acknowledge()
        return self._answer[:length].ljust(length, b"\xff")

    def _acknowledge(self) -> None:
        if self.absent or self.on_since_us is None:
            raise NackError

    def _concentration(self) -> bytes:
        shown = self.CLEAN + (getattr(self._gas, self.NAME) - self.CLEAN) * self.share(self._queue.now_us)
        count = min(max(round(shown * 10**self.DECIMALS), 0), COUNTS_MOST)
        kelvin = round((self._world.temperature_c + 273) * 10)
        frame = bytes((0xFF, READ_CONCENTRATION, *count.to_bytes(2, "big"), self.GAS, self.DECIMALS))
        frame += kelvin.to_bytes(2, "big")
        return frame + bytes((checksum(frame),))


class OxygenModule(GasModule):
    GAS, NAME, DECIMALS, CLEAN = 0x05, "o2", 1, 20.9


class CarbonMonoxideModule(GasModule):
    GAS, NAME, DECIMALS = 0x04, "co", 0


class HydrogenSulphideModule(GasModule):
    GAS, NAME, DECIMALS = 0x03, "h2s", 1


class Mh440d(Supplied, Ads1115Probe):
    """The converter has its supply always.  Fault: `silent` (the module gives no signal)."""

    silent = False

    def _input_uv(self, channel: int) -> float:
        if channel != self._channel or self.on_since_us is None or self.silent:
            return 0.0
        ppm = self._world.gas.ch4 * self.share(self._queue.now_us)
        voltage_v = ZERO_V + SPAN_V * min(ppm / CH4_RANGE_PPM, 1.0)
        return (voltage_v + self._rng.uniform(-NOISE_V, NOISE_V)) * 1_000_000

    def __init__(self, queue: EventQueue, world: World, rng: random.Random, address: int = 0x48):
        super().__init__(queue, world, rng, address)
        self._world = world


def checksum(frame: bytes) -> int:
    return -sum(frame[1:8]) & 0xFF

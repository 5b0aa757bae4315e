"""The battery's divider on an analogue input of the chip."""

import random

from host_tools.simulator.buses import InputPin, Part
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.world import World


class BatteryDivider(Part):
    """Shows `1 / divider` of the world's battery; `drop_mv` is a fault: what a bad contact takes from it."""

    def __init__(self, _queue: EventQueue, world: World, _rng: random.Random, divider: float = 2):
        self._battery = world.battery
        self._divider = divider
        self._drop_mv = 0.0
        self._pin: InputPin | None = None

    def connect(self, name: str, pin: InputPin) -> None:
        self._pin = pin
        self._battery.observers.append(self.show)
        self.show()

    @property
    def drop_mv(self) -> float:
        return self._drop_mv

    @drop_mv.setter
    def drop_mv(self, drop_mv: float) -> None:
        self._drop_mv = drop_mv
        self.show()

    def show(self) -> None:
        """Put the present voltage on the pin; for tests that have changed the battery."""
        if self._pin:
            self._pin.millivolts((self._battery.voltage_mv - self._drop_mv) / self._divider)

"""The door switch of a cabinet: a contact to ground, closed while the door is; its pin is pulled up."""

import random

from host_tools.simulator.devices.contact import Contact
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.world import World


class DoorContact(Contact):
    """Shows the world's door."""

    def __init__(self, queue: EventQueue, world: World, rng: random.Random):
        self._cabinet = world.cabinet
        super().__init__(queue, rng)
        self._cabinet.on_door(self.follow)

    def is_active(self) -> bool:
        return self._cabinet.door_open

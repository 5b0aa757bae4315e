"""The commands `restart` and `factory_reset`: each is carried out once the server has its result."""

import os

import machine

from firmware import crash
from firmware.kept import TOLD, NvsBlob


class Resets:
    """`node`: its name; `configuration` has `erase()`; `folder`: the outbox's.

    `factory_reset NODE_NAME` erases the configuration, what waits to be sent, and what is kept over resets.
    What the node was provisioned with stays, and so do the numbers of its records and commands: none of
    them may be used twice.
    """

    def __init__(self, node, outbox, configuration, folder):
        self.commands = {"restart": (self._restart, ""), "factory_reset": (self._factory_reset, "NODE_NAME")}
        self._node = node
        self._outbox = outbox
        self._configuration = configuration
        self._folder = folder
        self._due = None

    def on_downlink(self):
        """Call this after each exchange, before its commands are carried out.

        An outbox without records is one whose results the server has.
        """
        if self._due and self._outbox.empty():
            self._due()

    def _restart(self):
        self._due = machine.reset
        return "restarts"

    def _factory_reset(self, node):
        if node != self._node:
            raise ValueError("this node is " + self._node)
        self._due = self._erase
        return "erases its memories and restarts"

    def _erase(self):
        NvsBlob(TOLD, 1).store(b"\0")  # first: alarms whose events go with the outbox are told again
        self._configuration.erase()
        for entry in os.ilistdir(self._folder):
            os.remove(self._folder + "/" + entry[0])
        crash.forget()
        machine.RTC().memory(b"")
        machine.reset()

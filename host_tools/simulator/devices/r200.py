"""UHF reader module R200 beside a road ("R200 user protocol" V2.3.3).

Modelled: region and power, single and multiple inventory, stopping, refusals; notifications of the tags in
the field with their strength, by which they are heard or not, and with the tag's CRC.  Other commands
are refused as unknown.  How long a round takes is a guess.
"""

import random

from host_tools.simulator.buses import PinDevice, SerialDevice
from host_tools.simulator.devices.faults import ReplyFaults
from host_tools.simulator.kernel import Event, EventQueue
from host_tools.simulator.world import World
from host_tools.simulator.worlds.vehicles import TagInField
from protocols import r200
from protocols.errors import DecodeError

BOOT_US = 300_000
ANSWER_US = (2_000, 20_000)
ROUND_US = 100_000
DONE = b"\0"
UNKNOWN = 0x17
REGIONS = (r200.CHINA_900, r200.US, r200.EUROPE, r200.CHINA_800, r200.KOREA)
FULL_POWER_CDBM = 2_600
SURE_DBM, DEAF_DBM = -50, -72  # always heard; never


class R200(PinDevice, SerialDevice):
    """Off until its pin `enable` is high.

    Faults: those of `faults`, for all that it sends; `garbled`, the share of notifications whose tag was
    heard with a wrong bit; `no_antenna`.
    """

    baudrate = 115_200

    def __init__(self, queue: EventQueue, world: World, rng: random.Random):
        self._queue = queue
        self._vehicles = world.vehicles
        self._rng = rng
        self.faults = ReplyFaults()
        self.garbled = 0.01
        self.no_antenna = False
        self._round: Event | None = None
        self._switch_off()

    def pin(self, name: str, level: int) -> None:
        if level and not self._on:
            self._on = True
            self._ready_us = self._queue.now_us + BOOT_US
        elif not level:
            self._switch_off()

    def power(self, on: bool) -> None:
        if not on:
            self._switch_off()

    def _switch_off(self) -> None:
        self._on = False
        self._ready_us = 0
        self._request = b""
        self._region = r200.CHINA_900
        self._power_cdbm = FULL_POWER_CDBM
        self._rounds_left = 0
        self._end_inventory()

    def receive(self, data: bytes) -> None:
        if not self._on or self._queue.now_us < self._ready_us:
            return
        self._request = r200.trim(self._request + data)
        while self._request and not r200.missing(self._request):
            length = r200.OVERHEAD + (self._request[3] << 8 | self._request[4])
            frame, rest = self._request[:length], self._request[length:]
            try:
                kind, command, parameters = r200.check_frame(frame)
            except DecodeError:
                rest = self._request[1:]
            else:
                if kind == r200.COMMAND:
                    self._obey(command, parameters)
            self._request = r200.trim(rest)

    def _obey(self, command: int, parameters: bytes) -> None:
        if command == r200.SET_REGION and len(parameters) == 1 and parameters[0] in REGIONS:
            self._region = parameters[0]
            self._answer(command, DONE)
        elif command == r200.GET_REGION and not parameters:
            self._answer(command, bytes((self._region,)))
        elif command == r200.SET_POWER and len(parameters) == 2:
            self._power_cdbm = min(int.from_bytes(parameters, "big"), FULL_POWER_CDBM)
            self._answer(command, DONE)
        elif command == r200.GET_POWER and not parameters:
            self._answer(command, self._power_cdbm.to_bytes(2, "big"))
        elif command == r200.INVENTORY and not parameters:
            self._start(1)
        elif command == r200.START_INVENTORY and len(parameters) == 3:
            self._start(int.from_bytes(parameters[1:], "big"))
        elif command == r200.STOP_INVENTORY and not parameters:
            self._end_inventory()
            self._answer(command, DONE)
        else:
            self._refuse(UNKNOWN)

    def _start(self, rounds: int) -> None:
        self._end_inventory()
        self._rounds_left = rounds
        self._round = self._queue.after(ROUND_US, self._look)

    def _end_inventory(self) -> None:
        if self._round:
            self._round.cancel()
            self._round = None

    def _look(self) -> None:
        """One round: each tag that is heard is notified, or the lack of them is told."""
        heard = [tag for tag in self._vehicles.in_field(self._queue.now_us) if self._hears(tag)]
        for tag in heard:
            self._send(r200.NOTIFICATION, r200.INVENTORY, self._notification(tag))
        if not heard:
            self._refuse(r200.NO_TAG)
        self._rounds_left -= 1
        self._round = self._queue.after(ROUND_US, self._look) if self._rounds_left > 0 else None

    def _strength_dbm(self, tag: TagInField) -> float:
        return tag.rssi_dbm - (FULL_POWER_CDBM - self._power_cdbm) / 100

    def _hears(self, tag: TagInField) -> bool:
        chance = (self._strength_dbm(tag) - DEAF_DBM) / (SURE_DBM - DEAF_DBM)
        return not self.no_antenna and self._rng.random() < chance

    def _notification(self, tag: TagInField) -> bytes:
        rssi = round(self._strength_dbm(tag) + self._rng.uniform(-2, 2))
        said = bytes((len(tag.epc) // 2 << 3, 0)) + tag.epc
        crc = r200.crc16(said).to_bytes(2, "big")
        if self._rng.random() < self.garbled:
            said = said[:-1] + bytes((said[-1] ^ 1 << self._rng.randrange(8),))
        return bytes((rssi & 0xFF,)) + said + crc

    def _answer(self, command: int, parameters: bytes) -> None:
        self._send(r200.RESPONSE, command, parameters, self._rng.randint(*ANSWER_US))

    def _refuse(self, code: int) -> None:
        self._answer(r200.ERROR, bytes((code,)))

    def _send(self, kind: int, command: int, parameters: bytes, delay_us: int = 0) -> None:
        self.line.send(self.faults.apply(r200.frame(kind, command, parameters)), delay_us)

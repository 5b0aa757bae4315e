"""The modem driver: one class for every module; what differs between them is in the profile.

    modem = Modem(uart, BC26(), pins, apn="cmnbiot")
    asyncio.create_task(modem.reader())
    await modem.start()
    socket = await modem.open_udp("192.0.2.1", 5683)

`reader` is the only one who reads the UART, and must run as long as the modem is used.  Commands wait
for each other, so any task may call anything at any time, but one task alone calls `start` and `recover`.

All coroutines raise ModemError if the module refuses, LinkTimeout if it does not answer, and DecodeError
if its answer makes no sense.
"""

from binascii import unhexlify

from drivers.modem.subscriber import Subscriber
from drivers.modem.udp import UdpSocket
from protocols import at, at_values
from protocols.errors import DecodeError, LinkTimeout, ModemError

RADIO_OFF_TRIES = 2  # it may restart over the first, and look for its network anew


class Modem(Subscriber):
    """`uart`: `write(data)` and `async read_some() -> bytes`.  `pins`: names to objects with `value(level)`.

    `apn`, `bands` ("5,8"): None leaves what the module has.  `contract`: a power_contract.PowerContract, or
    None for a modem that shall always be reachable.

    `identity` has imei, imsi and iccid after `start`.  `restarted` is an asyncio.Event that is set when the
    module rebooted by itself: its sockets are gone, call `start` again.  `garbled` counts URCs whose content
    made no sense, `unsent` datagrams that the module took and then dropped.

    `on_event(name, text)`, if set, is called with what a log should have: "granted" (other power saving
    than asked), "address" (the network has given another one), "sim", and "rung" (of the ladder).
    """

    def __init__(self, uart, profile, pins, apn=None, bands=None, contract=None):
        self.garbled = 0
        self.unsent = 0
        self._address = None
        self._sequence = 0
        self._sockets = {}
        super().__init__(uart, profile, pins, apn, bands, contract)

    # -- questions

    async def network_time(self):
        """Seconds since 2020-01-01 UTC, or None while the network has not told the time."""
        return at_values.decode_cclk(await self.run((self.profile.clock,)), self.profile.clock_is_local)

    async def signal(self):
        """The serving cell as a dict: rsrp_dbm, rsrq_db, snr_db in whole units, and ecl and cell_id.

        Has what the module tells.  ModemError if there is no serving cell.  The module measures only while
        RRC is idle.
        """
        lines = await self.ask((self.profile.signal,))
        values = {"cell_id": self._registration.ci} if self.registered else {}
        try:
            for name, label, field, divisor in self.profile.signal_fields:
                for line in lines:
                    if line.startswith(label):
                        value = int(at.parse_fields(line)[field])
                        values[name] = (value + divisor // 2) // divisor
                        break
        except (ValueError, IndexError):
            raise DecodeError("not a measurement: " + line)
        return values

    # -- sockets

    async def open_udp(self, host, port):
        """A UdpSocket to `host` and `port`.  `host` may be a name where the module resolves names."""
        if len(self._sockets) >= self.profile.sockets:
            raise ModemError("no socket is free")
        socket = UdpSocket(self, host, port)
        await self._connect(socket)
        return socket

    async def renew(self, socket):
        """Give `socket` another socket in the modem; called by the UdpSocket."""
        await self.release(socket.number)
        await self._connect(socket)

    async def release(self, number):
        """Close socket `number`; called by its UdpSocket."""
        try:
            await self.run((at.fill(self.profile.close_udp, number=number),))
        except (ModemError, LinkTimeout):
            pass  # one that was not open is as good as closed
        self._sockets.pop(number, None)

    async def rest(self, is_lost=False):
        """Close all sockets and let the module sleep: the board is about to forget both.

        is_lost: nothing came through it.  Its radio is switched off, which might search on and on.
        """
        for number in list(self._sockets):
            await self.release(number)
        if is_lost:
            await self._switch_radio_off()
        await self.sleep()

    def next_sequence(self):
        """1 to 255, for modules that report on datagrams by number."""
        self._sequence = self._sequence % 255 + 1
        return self._sequence

    async def _switch_radio_off(self):
        for _ in range(RADIO_OFF_TRIES):
            try:
                await self.synchronise()
                await self.run(self.profile.radio_off)
                return
            except (ModemError, LinkTimeout):
                pass  # it may still fall asleep

    async def _connect(self, socket):
        try:
            await self._open(socket)
        except ModemError:  # perhaps in use, all of them: the board was reset, its modem was not
            for orphan in range(self.profile.sockets):
                if orphan not in self._sockets:
                    await self.release(orphan)
            await self._open(socket)

    async def _open(self, socket):
        profile = self.profile
        number = 0
        while number in self._sockets:
            number += 1
        if profile.create_udp:
            line = await self.run((profile.create_udp,))
            number = int(line[line.find(":") + 1 :])
        socket.number = number
        self._sockets[number] = socket
        try:
            if profile.open_udp:
                opening = at.fill(profile.open_udp, number=number, host=socket.host, port=socket.port)
                line = await self.run((opening,))
                if profile.open_udp_error_field is not None:
                    error = at.parse_fields(line)[profile.open_udp_error_field]
                    if error != "0":
                        raise ModemError("the modem opens no socket: error " + error)
        except (ModemError, LinkTimeout):
            self._sockets.pop(number, None)
            raise

    # -- what the module says unasked: `_on_` and the name in the profile's table

    def _on_urc(self, name, fields):
        handler = getattr(self, "_on_" + name, None)
        if handler:
            try:
                handler(fields)
            except (ValueError, IndexError):
                self.garbled += 1

    def _on_datagram(self, fields):
        number, length, data = [fields[i] for i in self.profile.datagram_fields]
        if isinstance(data, str):
            data = unhexlify(data)
        if len(data) * self.profile.length_unit != int(length):
            raise ValueError("datagram of another length")
        socket = self._sockets.get(int(number))
        if socket:
            socket.deliver(data)

    def _on_announced(self, fields):
        socket = self._sockets.get(int(fields[0]))
        if socket:
            socket.announce()

    def _on_sent(self, fields):
        """Socket, sequence, and whether it was."""
        if fields[2] == "0":
            self.unsent += 1

    def _on_closed(self, fields):
        socket = self._sockets.pop(int(fields[self.profile.closed_field]), None)
        if socket:
            socket.fail("the modem closed the socket")

    def _on_address(self, fields):
        """With another address the node's ports are others as well."""
        before, self._address = self._address, fields[-1]
        if before not in (None, self._address):
            self._slept()
            self.tell("address", self._address)

    def _on_asleep(self, _fields):
        self._dialogue.asleep = True
        if not self.profile.sockets_survive_sleep:
            self._slept()

    def _on_awake(self, _fields):
        self._dialogue.asleep = False

    def _on_ready(self, fields):
        """Printed some time after every boot, so news only if nobody is starting the module."""
        if not self._starting:
            self._on_boot(fields)

    def _on_boot(self, _fields):
        if not self._booting:
            self._dialogue.asleep = False
            self.forget("the modem restarted")
            self.restarted.set()
            self._registration_changed.set()
            self._dialogue.break_off("the modem restarted")

    def _slept(self):
        """What sockets the modem had may be gone, or be others for the network."""
        for socket in self._sockets.values():
            socket.suspect()

    def forget(self, reason):
        """What the module said of the network counts no more; for that `reason` its sockets are gone, too."""
        super().forget(reason)
        if reason:
            for socket in self._sockets.values():
                socket.fail(reason)
            self._sockets = {}

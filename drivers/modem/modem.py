"""The modem driver: one class for every module; what differs between them is in the profile.

    modem = Modem(uart, BC26(), pins, apn="cmnbiot")
    asyncio.create_task(modem.reader())
    await modem.start()
    socket = await modem.open_udp("192.0.2.1", 5683)

`reader` is the only one who reads the UART, and must run as long as the modem is used.  Commands wait
for each other, so any task may call anything at any time, but one task alone calls `start`.

All coroutines raise ModemError if the module refuses, LinkTimeout if it does not answer, and DecodeError
if its answer makes no sense.
"""

import asyncio
from binascii import unhexlify

from drivers.modem.dialogue import Dialogue, in_time
from drivers.modem.udp import UdpSocket
from protocols import at, at_values
from protocols.compat import sleep_ms
from protocols.errors import DecodeError, LinkTimeout, ModemError


class Modem:
    """`uart`: `write(data)` and `async read_some() -> bytes`.  `pins`: names to objects with `value(level)`.

    `identity` has imei, imsi and iccid after `start`.  `restarted` is an asyncio.Event that is set when
    the module rebooted by itself: its sockets are gone, call `start` again.  `garbled` counts URCs whose
    content made no sense.
    """

    def __init__(self, uart, profile, pins, apn=None):
        self.profile = profile
        self.identity = {}
        self.restarted = asyncio.Event()
        self.garbled = 0
        self._pins = pins
        self._apn = apn
        self._dialogue = Dialogue(uart, at.Chat(profile.urcs, profile.line_limit), self._on_urc)
        self._starting = False
        self._booting = False
        self._registration = None
        self._registration_changed = asyncio.Event()
        self._sockets = {}
        self._handlers = {
            "registration": self._on_registration,
            "datagram": self._on_datagram,
            "closed": self._on_closed,
            "boot": self._on_boot,
            "ready": self._on_ready,
        }

    @property
    def registered(self):
        """The network has accepted the module, as far as the module has told."""
        return self._registration is not None and self._registration.stat in at_values.REGISTERED

    async def reader(self):
        """Run this beside everything else; it never returns."""
        await self._dialogue.reader()

    async def run(self, script):
        """Run AT commands (`protocols.at.command`) without others in between; see `Dialogue.run`."""
        try:
            return await self._dialogue.run(script)
        except LinkTimeout:
            self._registration = None  # whatever it last said of the network, this module needs a `start`
            raise

    # -- from off to registered

    async def start(self):
        """From any state to registered: power key, dialogue, settings, identity, network.

        ModemError also if SIM or network refuse, LinkTimeout also if the network is not found in time.  May
        be called again after any failure.
        """
        self._starting = True
        self._registration = None
        self._lose_sockets("the modem was started again")
        try:
            await self._wake()
            self.restarted.clear()
            await self.run(self.profile.setup)
            if self._apn is not None:
                await self._choose_apn()
            await self._identify()
            await self._register()
        finally:
            self._starting = False

    async def _wake(self):
        """Get an answer to AT, by ever stronger means."""
        profile = self.profile
        means = (
            ((), profile.probe_tries),
            (profile.power_on, profile.sync_tries),
            (profile.power_off + profile.power_on, profile.sync_tries),
        )
        self._booting = True
        try:
            for pin_script, tries in means:
                await self._drive(pin_script)
                if await self._dialogue.synchronise(profile.sync, tries):
                    return
        finally:
            self._booting = False
        raise LinkTimeout("the modem does not answer AT: check its power, its wiring and the baud rate")

    async def _drive(self, pin_script):
        active = self.profile.active_level
        for pin, on, hold_ms in pin_script:
            if pin in self._pins:
                self._pins[pin].value(active if on else 1 - active)
                await sleep_ms(hold_ms)

    async def _choose_apn(self):
        """The module stores the APN, so most of the time there is nothing to do."""
        profile = self.profile
        fields = at.parse_fields(await self.run((profile.apn,)))
        if fields[profile.apn_field : profile.apn_field + 1] != [self._apn]:
            await self.run([at.fill(step, apn=self._apn) for step in profile.set_apn])
            await self.run(profile.radio_off)

    async def _identify(self):
        for name, question in self.profile.identity:
            line = await self._ask_sim(question)
            self.identity[name] = at.parse_fields(line)[0] if line.startswith("+") else line

    async def _ask_sim(self, question):
        """As `run`, but patient with a SIM that is still being read after power-on."""
        for tries_left in range(self.profile.sim_tries - 1, -1, -1):
            try:
                return await self.run((question,))
            except ModemError as error:
                if error.code not in self.profile.sim_busy_codes or not tries_left:
                    raise
            await sleep_ms(1000)

    async def _register(self):
        await self.run(self.profile.radio_on)
        await self._ask_registration()
        if self._registration.stat == at_values.DENIED:  # in an earlier attempt: make it try again
            await self.run(self.profile.radio_off + self.profile.radio_on)
            await self._ask_registration()
        timeout_ms = self.profile.registration_timeout_ms
        if not await in_time(self._registration_decided(), timeout_ms):
            waited = str(timeout_ms // 1000) + " s"
            raise LinkTimeout("no network after " + waited + ", " + at_values.describe(self._registration))
        if self.restarted.is_set():
            raise ModemError("the modem restarted while it looked for the network")
        if not self.registered:
            raise ModemError("the network refuses, " + at_values.describe(self._registration))

    async def _ask_registration(self):
        self._registration = None
        line = await self.run((self.profile.registration,))
        if self._registration is None:  # a URC that has come meanwhile is newer than the answer
            self._on_registration(at.parse_fields(line)[1:])

    async def _registration_decided(self):
        while not (self.registered or self.restarted.is_set() or self._registration.stat == at_values.DENIED):
            self._registration_changed.clear()
            await self._registration_changed.wait()

    # -- questions

    async def network_time(self):
        """Seconds since 2020-01-01 UTC, or None while the network has not told the time."""
        return at_values.decode_cclk(await self.run((self.profile.clock,)), self.profile.clock_is_local)

    async def signal(self):
        """The serving cell as a dict: rsrp_dbm, rsrq_db, snr_db, ecl, in whole units.

        ModemError if there is no serving cell.  The module measures only while RRC is idle.
        """
        line = await self.run((self.profile.signal,))
        fields = at.parse_fields(line)
        try:
            return {name: int(fields[i]) for name, i in self.profile.signal_fields}
        except (ValueError, IndexError):
            raise DecodeError("not a measurement: " + line)

    # -- sockets

    async def open_udp(self, host, port):
        """A UdpSocket to `host` (address, or a name the module resolves) and `port`."""
        number = 0
        while number in self._sockets:
            number += 1
        if number >= self.profile.sockets:
            raise ModemError("all sockets of the modem are open")
        opening = at.fill(self.profile.open_udp, number=number, host=host, port=port)
        socket = self._sockets[number] = UdpSocket(self, number)
        try:
            try:
                await self._open(opening)
            except ModemError:  # perhaps in use: the board was reset, its modem was not
                await self._close(number)
                await self._open(opening)
        except (ModemError, LinkTimeout):
            self._sockets.pop(number, None)
            raise
        return socket

    async def release(self, number):
        """Close socket `number`; called by its UdpSocket."""
        await self._close(number)
        self._sockets.pop(number, None)

    async def _open(self, opening):
        error = at.parse_fields(await self.run((opening,)))[self.profile.open_udp_error_field]
        if error != "0":
            raise ModemError("the modem cannot open the socket: error " + error)

    async def _close(self, number):
        try:
            await self.run((at.fill(self.profile.close_udp, number=number),))
        except (ModemError, LinkTimeout):
            pass  # one that was not open is as good as closed

    # -- URCs

    def _on_urc(self, name, fields):
        handler = self._handlers.get(name)
        if handler:
            try:
                handler(fields)
            except (ValueError, IndexError):
                self.garbled += 1

    def _on_registration(self, fields):
        self._registration = at_values.decode_cereg(fields)
        self._registration_changed.set()

    def _on_datagram(self, fields):
        number, length, text = [fields[i] for i in self.profile.datagram_fields]
        data = unhexlify(text)
        if len(data) != int(length):
            raise ValueError("a datagram of another length than announced")
        socket = self._sockets.get(int(number))
        if socket:
            socket.deliver(data)

    def _on_closed(self, fields):
        socket = self._sockets.pop(int(fields[self.profile.closed_field]), None)
        if socket:
            socket.fail("the modem closed the socket")

    def _on_ready(self, fields):
        """Printed some time after every boot, so news only if nobody is starting the module."""
        if not self._starting:
            self._on_boot(fields)

    def _on_boot(self, _fields):
        if not self._booting:
            self._registration = None
            self._lose_sockets("the modem restarted")
            self.restarted.set()
            self._registration_changed.set()
            self._dialogue.break_off("the modem restarted")

    def _lose_sockets(self, reason):
        for socket in self._sockets.values():
            socket.fail(reason)
        self._sockets = {}

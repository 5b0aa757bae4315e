"""UHF reader module R200 / M100 on a UART, 115200 8N1: the tags before its antenna, as they are notified.

    await reader.start()
    async for epc, rssi_dbm in reader:
        ...

A tag is notified in each round that it answers in, so many times while it passes.
"""

from protocols import r200
from protocols.compat import sleep_ms
from protocols.errors import BusError, DecodeError

ROUNDS = 0xFFFF  # then the inventory is started anew
QUIET_MS = 3000  # a running inventory says something in each round, be it that there is no tag
REST_MS = 100  # of a frame that has begun; the longest takes 23
ANSWER_MS = 500
ATTEMPTS = 3
FRAMES_BEFORE_ANSWER = 50  # notifications that are on their way when a command is sent
COUNT_LIMIT = 1 << 30


class R200:
    """`bus` has `write(data)`, `async read(count, timeout_ms)` and `discard()`; `enable` is the pin of EN.

    `region` is one of protocols.r200; `power_cdbm` the transmitter's power in hundredths of dBm.
    """

    def __init__(self, bus, enable, region=r200.CHINA_900, power_cdbm=2600, boot_ms=500):
        self._bus = bus
        self._enable = enable
        self._region = region
        self._power_cdbm = power_cdbm
        self._boot_ms = boot_ms
        self._data = b""
        self._running = False
        self._silent = False
        self._tags = self._broken = 0
        enable.value(0)
        enable.init(enable.OUT)

    async def start(self):
        """Switch the module on and set it up.  R200Error if it refuses, BusError if it is silent."""
        self._enable.value(1)
        await sleep_ms(self._boot_ms)
        await self.command(r200.SET_REGION, bytes((self._region,)))
        power = bytes((self._power_cdbm >> 8, self._power_cdbm & 0xFF))
        await self.command(r200.SET_POWER, power)
        self._running = True
        self._bus.write(r200.start_inventory(ROUNDS))

    async def stop(self):
        """End the inventory and switch the module off, whether it obeys or not; the iteration ends."""
        self._running = False
        try:
            await self.command(r200.STOP_INVENTORY)
        finally:
            self._enable.value(0)

    async def command(self, command, parameters=b""):
        """The parameters of the module's answer.  Not to be used while another task iterates."""
        request = r200.frame(r200.COMMAND, command, parameters)
        for _ in range(ATTEMPTS):
            self._data = b""
            self._bus.discard()
            self._bus.write(request)
            for _ in range(FRAMES_BEFORE_ANSWER):
                found = await self._frame(ANSWER_MS)
                if found is None:
                    break
                kind, answered, answer = found
                if kind != r200.RESPONSE:
                    continue
                self._silent = False
                if answered == command:
                    return answer
                if answered == r200.ERROR and answer and answer[0] != r200.NO_TAG:
                    raise r200.R200Error(answer[0])
        self._silent = True
        raise BusError(f"R200: no answer to command 0x{command:02x}")

    async def read(self):
        """`tags_count` (notifications) and `broken_count` (frames), both since the node's start.

        BusError while the module that was started does not answer.
        """
        if self._silent:
            raise BusError("R200: silent")
        return {"tags_count": self._tags, "broken_count": self._broken}

    def __aiter__(self):
        return self

    async def __anext__(self):
        """(EPC as bytes, RSSI in dBm) of the next notification.

        Starts an inventory that has fallen silent anew; BusError when that does not help.
        """
        silences = 0
        while self._running:
            found = await self._frame(QUIET_MS)
            if found is None:
                silences += 1
                if silences == ATTEMPTS:
                    self._silent = True
                    raise BusError("R200: silent")
                self._bus.write(r200.start_inventory(ROUNDS))
                continue
            silences = 0
            kind, command, parameters = found
            if (kind, command) == (r200.NOTIFICATION, r200.INVENTORY):
                try:
                    tag = r200.parse_tag(parameters)
                except DecodeError:
                    self._count_broken()
                    continue
                self._tags = (self._tags + 1) % COUNT_LIMIT
                return tag
        raise StopAsyncIteration

    async def _frame(self, timeout_ms):
        """(type, command, parameters) of the next whole frame; None when nothing comes in time."""
        while True:
            self._data = r200.trim(self._data)
            missing = r200.missing(self._data)
            if not missing:
                found = self._take_frame()
                if found:
                    return found
                continue
            begun = bool(self._data)
            piece = await self._bus.read(missing, REST_MS if begun else timeout_ms)
            self._data += piece
            if not self._data:
                return None
            if begun and len(piece) < missing:
                self._drop()

    def _take_frame(self):
        """The frame at the beginning of the buffer, None if it is none."""
        length = r200.OVERHEAD + (self._data[3] << 8 | self._data[4])
        try:
            found = r200.check_frame(self._data[:length])
        except DecodeError:
            self._drop()
            return None
        self._data = self._data[length:]
        return found

    def _drop(self):
        """What looked like a frame is none, but one may begin within it."""
        self._count_broken()
        self._data = self._data[1:]

    def _count_broken(self):
        self._broken = (self._broken + 1) % COUNT_LIMIT

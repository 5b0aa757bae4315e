"""BL0942 on a UART, 4800 8N1 unless strapped otherwise: one command fetches all measurements in a packet."""

from drivers.bl0942 import ATTEMPTS, BL0942, READ, checksum
from protocols.errors import BusError, DecodeError

FULL_PACKET = 0xAA
HEAD = b"\x55"
PACKET_LENGTH = 23
REPLY_MS = 150  # 4 ms request, 10 ms pause, 48 ms packet; the rest is for a busy board

# Positions in the packet; all numbers have their low byte first.
I_RMS, V_RMS, WATT, CF_CNT, FREQ = 1, 4, 10, 13, 16


class BL0942Uart(BL0942):
    """`bus` has `write(data)`, `async read(count, timeout_ms)` and `discard()`.

    `scale` is as BL0942 takes it.
    """

    def __init__(self, bus, address=0, **scale):
        if not 0 <= address <= 3:
            raise ValueError(f"BL0942 address {address} is not 0 to 3")
        super().__init__(**scale)
        self._bus = bus
        self._request = bytes((READ | address, FULL_PACKET))

    async def _counts(self):
        packet = await self._fetch()
        i_rms, v_rms, watt, cf_cnt = [_number(packet[at : at + 3]) for at in (I_RMS, V_RMS, WATT, CF_CNT)]
        return i_rms, v_rms, watt, cf_cnt, _number(packet[FREQ : FREQ + 2])

    async def _fetch(self):
        for _ in range(ATTEMPTS):
            try:
                return await self._exchange()
            except DecodeError as error:
                reason = str(error)
        raise BusError("BL0942: " + reason)

    async def _exchange(self):
        """One request and the packet that answers it, found behind up to a packet's length of noise."""
        self._bus.discard()
        self._bus.write(self._request)
        packet = b""
        for _ in range(PACKET_LENGTH):
            packet += await self._bus.read(PACKET_LENGTH - len(packet), REPLY_MS)
            if len(packet) < PACKET_LENGTH:
                raise DecodeError(f"no valid packet, {len(packet)} bytes left over")
            # The command's first byte is summed too.
            if packet[:1] == HEAD and checksum(self._request[:1] + packet[:-1]) == packet[-1]:
                return packet
            next_head = packet.find(HEAD, 1)
            packet = packet[next_head:] if next_head > 0 else b""
        raise DecodeError("noise on the line")


def _number(data):
    """Unsigned, low byte first."""
    value = 0
    for i in range(len(data)):
        value |= data[i] << 8 * i
    return value

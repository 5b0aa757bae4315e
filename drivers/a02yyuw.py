"""Ultrasonic distance sensor A02YYUW / A01NYUB on a UART, 9600 8N1, looking down at water.

Unasked, it sends a frame every 100 to 300 ms: FFH, the distance in mm with its high byte first, and the
sum of these three bytes.  A distance byte can be FFH too, so only the sum tells a frame.
"""

from protocols.compat import sleep_ms
from protocols.errors import BusError

HEAD = 0xFF
FRAME_LENGTH = 4
FRAME_MS = 400  # the longest interval, and its frame's time on the line
SAMPLES = 5
MOST_FRAMES = 12
MOST_NOISE = 40  # bytes
TOO_CLOSE_MM = 30  # no echo, or one from within the blind zone


class A02YYUW:
    """`bus` has `async read(count, timeout_ms)` and `discard()`; `power` is the pin of the sensor's supply.

    `height_mm` is the sensor's height above the level's zero.  `warm_up_ms` is given to it before its frames
    count.
    """

    def __init__(self, bus, power, height_mm=2000, warm_up_ms=500):
        self._bus = bus
        self._power = power
        self.height_mm = height_mm
        self._warm_up_ms = warm_up_ms
        power.value(0)
        power.init(power.OUT)

    async def read(self):
        """`distance_mm` and `level_mm` (below zero too): the median of five echoes.

        The sensor is on meanwhile.  BusError if it is silent, or has too few echoes in its frames.
        """
        self._power.value(1)
        try:
            await sleep_ms(self._warm_up_ms)
            self._bus.discard()
            distances = await self._distances()
        finally:
            self._power.value(0)
        distance_mm = sorted(distances)[SAMPLES // 2]
        return {"distance_mm": distance_mm, "level_mm": self.height_mm - distance_mm}

    async def _distances(self):
        distances = []
        for _ in range(MOST_FRAMES):
            distance_mm = await self._distance()
            if distance_mm > TOO_CLOSE_MM:
                distances.append(distance_mm)
            if len(distances) == SAMPLES:
                return distances
        raise BusError("A02YYUW: no echo")

    async def _distance(self):
        """Of the next valid frame."""
        data = b""
        for _ in range(MOST_NOISE):
            data += await self._bus.read(FRAME_LENGTH - len(data), FRAME_MS)
            if len(data) < FRAME_LENGTH:
                raise BusError("A02YYUW: silent")
            if data[0] == HEAD and sum(data[:3]) & 0xFF == data[3]:
                return data[1] << 8 | data[2]
            data = data[1:]
        raise BusError("A02YYUW: noise on the line")

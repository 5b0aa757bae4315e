"""Ultrasonic distance sensor A02YYUW / A01NYUB on a UART, 9600 8N1, looking down at water.

Unasked, it sends a frame every 100 to 300 ms: FFH, the distance in mm with its high byte first, and the
sum of these three bytes.  A distance byte can be FFH too, so only the sum tells a frame.
"""

from protocols.compat import sleep_ms
from protocols.errors import BusError

HEAD = 0xFF
FRAME_LENGTH = 4
WARM_UP_MS = 500  # before its frames count
FRAME_MS = 400  # the longest interval, and its frame's time on the line
GAP_MS = 80  # from a frame's end no other begins in that time
SAMPLES, MIDDLE = 7, 3  # echoes of a reading, and of these the mean of so many in the middle
AGREE_MM = 12  # if the first of them are within that, they will do
MOST_FRAMES = 14
MOST_NOISE = 40  # bytes
TOO_CLOSE_MM = 30  # no echo, or one from within the blind zone


class A02YYUW:
    """`bus` has `async read(count, timeout_ms)` and `discard()`; `power` is the pin of the sensor's supply.

    Settings: those of `configure`.
    """

    def __init__(self, bus, power, **settings):
        self._bus = bus
        self._power = power
        power.value(0)
        power.init(power.OUT)
        self.configure(**settings)

    def configure(self, height_mm=2000):
        """height_mm: of the sensor above the level's zero."""
        self._height_mm = height_mm

    async def read(self):
        """`distance_mm` and `level_mm` (below zero too).

        The sensor is on meanwhile.  Echoes by a detour, or from what now and then hangs into the beam, are at
        the ends of their order and do not count; waves are evened out.  Smooth water takes fewer echoes.
        BusError if it is silent, or has too few echoes in its frames.
        """
        self._power.value(1)
        try:
            await sleep_ms(WARM_UP_MS)
            self._bus.discard()
            distances = await self._distances()
        finally:
            self._power.value(0)
        first = (len(distances) - MIDDLE) // 2
        distance_mm = (sum(sorted(distances)[first : first + MIDDLE]) + MIDDLE // 2) // MIDDLE
        return {"distance_mm": distance_mm, "level_mm": self._height_mm - distance_mm}

    async def _distances(self):
        distances = []
        for _ in range(MOST_FRAMES):
            distance_mm = await self._distance()
            if distance_mm > TOO_CLOSE_MM:
                distances.append(distance_mm)
            count = len(distances)
            if count == SAMPLES or (count == MIDDLE and max(distances) - min(distances) <= AGREE_MM):
                return distances
            await sleep_ms(GAP_MS)
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

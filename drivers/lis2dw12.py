"""ST LIS2DW12 accelerometer on I²C: the tilt of a cover, and an interrupt when it is moved (ST datasheet).

The part measures on while the node is in deep sleep, and keeps INT1 high from the first motion until
it is asked.  So nothing is written to it that it has already: waking up must not lose the event.

It watches at 1.6 Hz, slower than a vehicle: a sample that an axle has struck differs from the one before and
from the one after, which makes two changes in a row, where somebody who lifts a cover makes more.
"""

import math

from protocols.compat import sleep_ms
from protocols.errors import BusError

WHO_AM_I, CTRL1, CTRL2, CTRL3, CTRL4_INT1_PAD_CTRL, CTRL6 = 0x0F, 0x20, 0x21, 0x22, 0x23, 0x25
OUT_T_L, OUT_X_L = 0x0D, 0x28
WAKE_UP_THS, WAKE_UP_DUR, WAKE_UP_SRC, CTRL7 = 0x34, 0x35, 0x38, 0x3F

IDENTITY = 0x44
ODR_1HZ6_LOW_POWER_1, ODR_12HZ5_LOW_POWER_1 = 0x10, 0x20
SAMPLE_MS = 80  # at 12.5 Hz
BDU_AND_IF_ADD_INC = 0x0C
LIR = 0x10
INT1_WU = 0x20
FS_2G = 0x00
INTERRUPTS_ENABLE = 0x20
WU_IA = 0x08
THRESHOLD_MG = 2000 / 64  # one step of WAKE_UP_THS at 2 g
MOST_STEPS = 0x3F
MOST_DURATION = 3

GRAVITY_MG = 1000
RIGHT_ANGLE_MRAD = 1571
REST_MG = 100  # a longer or shorter vector is not gravity alone
SAMPLES = 16  # to average
MOST_SAMPLES = 75  # 6 s: then something shakes it without end
NEAR_MRAD = 26  # so close to the reference position one sample will do


class LIS2DW12:
    """`i2c` has machine.I2C's `readfrom_mem` and `writeto_mem`; `int1` is the pin that INT1 drives.

    `reference_mg` is the vector of the cover in its place: lying flat on its back by default.
    `motion_mg` is the change from sample to sample that counts as motion, `motion_samples` (0 to 3) for how
    many more samples of 625 ms it must last.
    """

    def __init__(
        self, i2c, int1, address=0x18, reference_mg=(0, 0, GRAVITY_MG), motion_mg=31, motion_samples=2
    ):
        steps = round(motion_mg / THRESHOLD_MG)
        if not 1 <= steps <= MOST_STEPS or not 0 <= motion_samples <= MOST_DURATION:
            raise ValueError("LIS2DW12: no such motion")
        self._i2c = i2c
        self._address = address
        self.int1 = int1
        self.reference_mg = reference_mg
        int1.init(int1.IN)
        self._settings = (
            (CTRL2, BDU_AND_IF_ADD_INC),
            (CTRL6, FS_2G),
            (WAKE_UP_THS, steps),
            (WAKE_UP_DUR, motion_samples << 5),
            (CTRL3, LIR),
            (CTRL4_INT1_PAD_CTRL, INT1_WU),
            (CTRL7, INTERRUPTS_ENABLE),
            (CTRL1, ODR_1HZ6_LOW_POWER_1),
        )

    async def read(self):
        """`is_moved` since the last reading, `tilt_mrad` from the reference position, `temperature_mdegc`.

        No `tilt_mrad` while the part is shaken.  Raises BusError if the part does not answer, or is another.
        """
        is_moved = self.moved()
        vector = await self.position_mg()
        reading = {"is_moved": int(is_moved), "temperature_mdegc": self.temperature_mdegc()}
        if vector:
            reading["tilt_mrad"] = angle_mrad(vector, self.reference_mg)
        return reading

    def moved(self):
        """Whether it has been, since the last question; INT1 falls."""
        self._set_up()
        return bool(self._get(WAKE_UP_SRC) & WU_IA)

    def glance_mg(self):
        """(x, y, z) of the latest sample in thousandths of g; None if it was shaken then."""
        self._set_up()
        vector = self._sample_mg()
        return tuple(vector) if _is_rest(vector) else None

    async def position_mg(self):
        """(x, y, z) in thousandths of g; None if it is shaken on and on.

        Where it is in its place, or upside down, the latest sample tells; else it is waited for rest.
        """
        vector = self.glance_mg()
        if vector:
            angle = angle_mrad(vector, self.reference_mg)
            if angle <= NEAR_MRAD or angle > RIGHT_ANGLE_MRAD:
                return vector
        return await self.rest_mg()

    async def rest_mg(self):
        """(x, y, z) in thousandths of g, averaged over a second of rest; None if there is none in 6 s."""
        self._set_up()
        self._put(CTRL1, ODR_12HZ5_LOW_POWER_1)
        try:
            return await self._average_mg()
        finally:
            self._put(CTRL1, ODR_1HZ6_LOW_POWER_1)
            self._get(WAKE_UP_SRC)  # what has shaken it meanwhile is no news

    async def _average_mg(self):
        sums, count = [0, 0, 0], 0
        for _ in range(MOST_SAMPLES):
            await sleep_ms(SAMPLE_MS)
            sample = self._sample_mg()
            if not _is_rest(sample):
                sums, count = [0, 0, 0], 0
                continue
            sums = [sums[i] + sample[i] for i in range(3)]
            count += 1
            if count == SAMPLES:
                return tuple([round(total / SAMPLES) for total in sums])
        return None

    def temperature_mdegc(self):
        """Of the chip; its 12 bits are left-justified, 1/16 degree each, from 25 degrees on."""
        data = self._bus(self._i2c.readfrom_mem, OUT_T_L, 2)
        return 25_000 + _signed(data[0] | data[1] << 8) * 1000 // 256

    def _sample_mg(self):
        data = self._bus(self._i2c.readfrom_mem, OUT_X_L, 6)
        return [_signed(data[i] | data[i + 1] << 8) * 61 // 1000 for i in (0, 2, 4)]  # 0.976 mg / 16

    def _set_up(self):
        """All settings, but those that the part has."""
        if self._get(WHO_AM_I) != IDENTITY:
            raise BusError(f"no LIS2DW12 at 0x{self._address:02x}")
        for register, value in self._settings:
            if self._get(register) != value:
                self._put(register, value)

    def _put(self, register, value):
        self._bus(self._i2c.writeto_mem, register, bytes((value,)))

    def _get(self, register):
        return self._bus(self._i2c.readfrom_mem, register, 1)[0]

    def _bus(self, transfer, register, argument):
        try:
            return transfer(self._address, register, argument)
        except OSError as error:
            reason = str(error)
        raise BusError(f"LIS2DW12 at 0x{self._address:02x}: {reason}")


def angle_mrad(a, b):
    """The angle between two vectors, 0 to 3142 thousandths of a radian; exact also for small angles."""
    cross = (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
    dot = sum([a[i] * b[i] for i in range(3)])
    return round(1000 * math.atan2(_length(cross), dot))


def _is_rest(vector):
    return abs(_length(vector) - GRAVITY_MG) <= REST_MG


def _length(vector):
    return math.sqrt(sum([float(part) * part for part in vector]))


def _signed(word):
    return word - 0x10000 if word & 0x8000 else word

"""The chip's I²C controllers, and `SoftI2C` on the pins of their buses."""

import errno
import struct
from collections.abc import Callable

from host_tools.simulator.buses import ClockHeldError, I2CDevice, NackError
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.vm.files import CallFile

# Direction, 7-bit address, clock in Hz, how many us the clock may be held low; data, or room for it, follows
FRAME = struct.Struct("<BxHII")
WRITE, READ = 0, 1
BITS_PER_BYTE = 9  # eight and the acknowledge
# (SCL, SDA) of each controller unless the program says otherwise: defaults of MicroPython's ESP32 port
DEFAULT_PINS = {
    "esp32": ((18, 19), (25, 26)),
    "esp32s3": ((9, 8), (9, 8)),
    "esp32c3": ((18, 19),),
}


class I2c(CallFile):
    """One bus with its controller: `/dev/i2c<n>`.  Errors are those that machine.I2C raises on an ESP32."""

    def __init__(self, queue: EventQueue):
        self._queue = queue
        self._devices: dict[int, I2CDevice] = {}

    def attach(self, address: int, device: I2CDevice) -> None:
        self._devices[address] = device

    def call(self, frame: bytes) -> bytes:
        direction, address, clock_hz, timeout_us = FRAME.unpack_from(frame)
        data = frame[FRAME.size :]
        self._pass_us((len(data) + 1) * BITS_PER_BYTE * 1_000_000 // clock_hz)
        device = self._devices.get(address)
        try:
            if device is None:
                raise NackError
            if direction == WRITE:
                device.write(data)
            else:
                data = device.read(len(data))
        except NackError:
            raise OSError(errno.ENODEV) from None
        except ClockHeldError:
            self._pass_us(timeout_us)
            raise OSError(errno.ETIMEDOUT) from None
        return frame[: FRAME.size] + data

    def _pass_us(self, duration_us: int) -> None:
        self._queue.run_until(self._queue.now_us + duration_us)


class I2cs:
    """All controllers of the chip, by number.

    A controller reaches the parts that are attached to it, whatever pins the program names for it;
    `SoftI2C` finds a bus by the pins that it is wired to.
    """

    def __init__(self, queue: EventQueue, chip_name: str):
        self.units = [I2c(queue) for _ in DEFAULT_PINS[chip_name]]
        self._wires = dict(enumerate(DEFAULT_PINS[chip_name]))

    def wire(self, unit: int, scl: int, sda: int) -> None:
        """The board has this bus on these pins."""
        self._wires[unit] = (scl, sda)

    def handlers(self) -> dict[str, Callable[[int, int, int], int | None]]:
        return {"I2C_AT": self._at, "I2C_PINS": self._pins}

    def devices(self) -> dict[str, CallFile]:
        return {f"i2c{number}": unit for number, unit in enumerate(self.units)}

    def _at(self, scl: int, sda: int, _c: int) -> int:
        """The bus on these pins; ENODEV when no part is there."""
        for unit, wires in self._wires.items():
            if wires == (scl, sda):
                return unit
        raise OSError(errno.ENODEV)

    def _pins(self, unit: int, _b: int, _c: int) -> int:
        """SCL and SDA of a controller when the program names none, as one number."""
        scl, sda = self._wires[unit]
        return scl << 8 | sda

"""The chip's I²C controllers."""

import errno

from host_tools.simulator.buses import I2CDevice, NackError
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.vm.files import CallFile

WRITE, READ = 0, 1
BITS_PER_BYTE = 9  # eight and the acknowledge
FREQUENCY_HZ = 100_000


class I2c(CallFile):
    """One controller; `/dev/i2c<n>` takes frames of direction, address and data (or room for it)."""

    def __init__(self, queue: EventQueue):
        self._queue = queue
        self._devices: dict[int, I2CDevice] = {}

    def attach(self, address: int, device: I2CDevice) -> None:
        self._devices[address] = device

    def call(self, frame: bytes) -> bytes:
        direction, address, data = frame[0], frame[1], frame[2:]
        self._queue.run_until(self._queue.now_us + self._duration_us(len(data)))
        device = self._devices.get(address)
        try:
            if device is None:
                raise NackError
            if direction == WRITE:
                device.write(data)
            else:
                data = device.read(len(data))
        except NackError:
            raise OSError(errno.ENODEV) from None  # what machine.I2C raises on an ESP32
        return frame[:2] + data

    @staticmethod
    def _duration_us(length: int) -> int:
        return (length + 1) * BITS_PER_BYTE * 1_000_000 // FREQUENCY_HZ


class I2cs:
    """All controllers of the chip, by number."""

    def __init__(self, queue: EventQueue, count: int):
        self.units = [I2c(queue) for _ in range(count)]

    def devices(self) -> dict[str, CallFile]:
        return {f"i2c{number}": unit for number, unit in enumerate(self.units)}

"""How parts on a UART tell frames apart: by the silence between them."""

from host_tools.simulator.buses import BITS_PER_CHARACTER
from host_tools.simulator.kernel import EventQueue


class Silence:
    """Measures the silence on a line; a SerialLine hands over pieces at the time their last bit is in."""

    def __init__(self, queue: EventQueue):
        self._queue = queue
        self._heard_until_us = 0

    def before_us(self, piece: bytes, baudrate: int) -> int:
        """The silence between the last piece and the first bit of this one."""
        began_us = self._queue.now_us - len(piece) * BITS_PER_CHARACTER * 1_000_000 // baudrate
        silence_us = began_us - self._heard_until_us
        self._heard_until_us = self._queue.now_us
        return silence_us

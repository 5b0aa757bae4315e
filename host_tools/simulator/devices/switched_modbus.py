"""A Modbus RTU part whose supply a board may switch; on a board that does not, it is always on."""

from host_tools.simulator.buses import PinDevice
from host_tools.simulator.devices.modbus_server import ModbusServer

START_UP_US = 600_000  # assumed
CURRENT_MA = 80  # of the cell: some 10 mA at 24 V, behind a converter; an estimate


class SwitchedModbusServer(PinDevice, ModbusServer):
    """Hears nothing before it has started."""

    _starts_us: int | None = 0  # when it has; None: it is off

    def pin(self, name: str, level: int) -> None:
        """The switch of its supply."""
        self.takes(level * CURRENT_MA)
        self._starts_us = self._queue.now_us + START_UP_US if level else None

    def receive(self, data: bytes) -> None:
        if self._starts_us is not None and self._queue.now_us >= self._starts_us:
            super().receive(data)

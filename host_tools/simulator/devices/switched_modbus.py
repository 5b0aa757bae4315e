"""A Modbus RTU part whose supply a board may switch; on a board that does not, it is always on."""

from collections.abc import Iterable

from host_tools.simulator.buses import PinDevice
from host_tools.simulator.devices.modbus_server import ModbusServer


class SwitchedModbusServer(PinDevice, ModbusServer):
    """Hears nothing before it has started."""

    START_UP_US = 600_000  # assumed
    CURRENT_MA = 80.0  # of the cell: some 10 mA at 24 V, behind a converter; an estimate

    _starts_us: int | None = 0  # when it has; None: it is off

    def pin(self, name: str, level: int) -> None:
        """The switch of its supply."""
        self.takes(level * self.CURRENT_MA)
        self._starts_us = self._queue.now_us + self.START_UP_US if level else None

    def receive(self, data: bytes) -> None:
        if self.on_s is not None:
            super().receive(data)

    def _serve(self) -> None:
        if self.on_s is not None:
            super()._serve()

    @property
    def on_s(self) -> float | None:
        """For how long it has been running; None: it is not."""
        if self._starts_us is None or self._queue.now_us < self._starts_us:
            return None
        return (self._queue.now_us - self._starts_us) / 1_000_000


class ProbeSupply(PinDevice):
    """A switch of the supply of `feeds`."""

    def __init__(self, *_):
        self.feeds: Iterable[SwitchedModbusServer] = ()

    def pin(self, name: str, level: int) -> None:
        for probe in self.feeds:
            probe.pin("power", level)

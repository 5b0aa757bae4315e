"""The bus object of an RS-485 line, over `machine`."""

import machine

from firmware.serial_bus import SerialBus


class Rs485Bus(SerialBus):
    """A UART behind a half-duplex transceiver: the direction pin is high exactly while we send."""

    def __init__(self, unit, baudrate, parity, tx, rx, de):
        super().__init__(unit, baudrate, parity, tx, rx)
        self._direction = machine.Pin(de, machine.Pin.OUT, value=0)

    def write(self, data):
        self._direction.value(1)
        self._uart.write(data)
        self._uart.flush()
        self._direction.value(0)

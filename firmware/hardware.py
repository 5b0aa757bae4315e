"""Makes the board's parts from its table: buses once, then each driver on its bus."""

import board
import machine

from drivers.modem.modem import Modem
from firmware.buses import Rs485Bus, SerialBus

PWM_HZ = 1000  # into the filter of a 0-10 V stage


class Hardware:
    """`parts`: name in the board file -> driver."""

    def __init__(self):
        self._buses = {}
        self.parts = {}
        for name in board.PARTS:
            self.parts[name] = self._part(*board.PARTS[name])

    def modem(self):
        driver, bus, pins, apn = board.MODEM
        outputs = {name: machine.Pin(pins[name], machine.Pin.OUT, value=0) for name in pins}
        return Modem(self._serial(bus), _load(driver)(), outputs, apn or None)

    def _part(self, driver, bus, address, pins):
        make = _load(driver)
        if "pwm" in pins:
            return make(machine.PWM(machine.Pin(pins["pwm"]), freq=PWM_HZ, duty_u16=0))
        on = self._i2c(bus) if bus in board.I2CS else self._serial(bus)
        return make(on) if address is None else make(on, address)

    def _serial(self, name):
        """The bus of a UART; behind an RS-485 transceiver, the Modbus master on it."""
        if name not in self._buses:
            unit, baudrate, tx, rx, de = board.UARTS[name]
            if de is None:
                self._buses[name] = SerialBus(unit, baudrate, tx, rx)
            else:
                from drivers.modbus_master import ModbusMaster

                self._buses[name] = ModbusMaster(Rs485Bus(unit, baudrate, tx, rx, de), baudrate)
        return self._buses[name]

    def _i2c(self, name):
        if name not in self._buses:
            unit, sda, scl, frequency_hz = board.I2CS[name]
            pins = {"sda": machine.Pin(sda), "scl": machine.Pin(scl)}
            self._buses[name] = machine.I2C(unit, freq=frequency_hz, **pins)
        return self._buses[name]


def _load(driver):
    """The class of "package.module:Class"; only what the board names is loaded."""
    name, _, made = driver.partition(":")
    found = __import__(name)
    for part in name.split(".")[1:]:
        found = getattr(found, part)
    return getattr(found, made)

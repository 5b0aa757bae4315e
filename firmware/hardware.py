"""Makes the board's parts from its table: buses once, then each driver on its bus."""

import board
import machine

from drivers.modem.modem import Modem
from firmware.buses import Rs485Bus, SerialBus, SpiBus

PWM_HZ = 1000  # into the filter of a 0-10 V stage


class Hardware:
    """`parts`: name in the board file -> driver."""

    def __init__(self):
        self._buses = {}
        self.parts = {}
        for name in board.PARTS:
            self.parts[name] = self._part(*board.PARTS[name])

    def modem(self):
        driver, bus, pins, apn, bands, psm_s, edrx_s = board.MODEM
        outputs = {name: machine.Pin(pins[name], machine.Pin.OUT, value=0) for name in pins}
        contract = None
        if psm_s or edrx_s:  # else its code stays out of memory
            from drivers.modem.power_contract import PowerContract

            contract = PowerContract(psm_s, edrx_s)
        return Modem(self._serial(bus), _load(driver)(), outputs, apn or None, bands or None, contract)

    def _part(self, driver, bus, address, pins):
        make = _load(driver)
        if bus in board.SPIS:
            return make(SpiBus(*board.SPIS[bus], pins["cs"], make.SPI_MODE))
        arguments = {name: _pin(name, pins[name]) for name in pins}
        if address is not None:
            arguments["address"] = address
        if bus is None:
            return make(**arguments)
        return make(self._i2c(bus) if bus in board.I2CS else self._serial(bus), **arguments)

    def _serial(self, name):
        """The bus of a UART; behind an RS-485 transceiver, what shares the line among its parts."""
        if name not in self._buses:
            unit, baudrate, parity, tx, rx, de, master = board.UARTS[name]
            if master is None:
                self._buses[name] = SerialBus(unit, baudrate, parity, tx, rx)
            else:
                self._buses[name] = _load(master)(Rs485Bus(unit, baudrate, parity, tx, rx, de), baudrate)
        return self._buses[name]

    def _i2c(self, name):
        if name not in self._buses:
            unit, sda, scl, frequency_hz = board.I2CS[name]
            pins = {"sda": machine.Pin(sda), "scl": machine.Pin(scl)}
            self._buses[name] = machine.I2C(unit, freq=frequency_hz, **pins)
        return self._buses[name]


def _pin(name, gpio):
    """What a driver is given for its pin; it sets a plain pin's direction itself."""
    pin = machine.Pin(gpio)
    if name == "pwm":
        return machine.PWM(pin, freq=PWM_HZ, duty_u16=0)
    if name == "adc":
        return machine.ADC(pin, atten=machine.ADC.ATTN_11DB)
    return pin


def _load(driver):
    """The class of "package.module:Class"; only what the board names is loaded."""
    name, _, made = driver.partition(":")
    found = __import__(name)
    for part in name.split(".")[1:]:
        found = getattr(found, part)
    return getattr(found, made)

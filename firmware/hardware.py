"""Makes the board's parts from its table: buses once, then each driver on its bus.

What the board does not have is not loaded, nor is the modem before somebody wants it.
"""

import board
import machine

PWM_HZ = 1000  # into the filter of a 0-10 V stage


class Hardware:
    """`parts`: name in the board file -> driver."""

    def __init__(self, declared):
        """declared: those of board.PARTS that are wanted."""
        self._buses = {}
        self.parts = {}
        for name in declared:
            self.parts[name] = self._part(*declared[name])

    def modem(self):
        from drivers.modem.modem import Modem

        driver, bus, pins, apn, bands, contract = board.MODEM
        outputs = {name: machine.Pin(pins[name], machine.Pin.OUT, value=0) for name in pins}
        if contract:
            contract = load(contract[0])(*contract[1:])
        return Modem(self._serial(bus), load(driver)(), outputs, apn or None, bands or None, contract)

    def _part(self, driver, bus, address, pins):
        make = load(driver)
        if bus in board.SPIS:
            from firmware.buses import SpiBus

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
            from firmware.buses import Rs485Bus, SerialBus

            unit, baudrate, parity, tx, rx, de, master = board.UARTS[name]
            if master is None:
                self._buses[name] = SerialBus(unit, baudrate, parity, tx, rx)
            else:
                self._buses[name] = load(master)(Rs485Bus(unit, baudrate, parity, tx, rx, de), baudrate)
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


def load(driver):
    """The class of "package.module:Class"; only what the board names is loaded."""
    name, _, made = driver.partition(":")
    found = __import__(name)
    for part in name.split(".")[1:]:
        found = getattr(found, part)
    return getattr(found, made)

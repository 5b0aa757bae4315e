"""Makes the board's parts from its table: buses once, then each driver on its bus, once.

What the board does not have is not loaded, nor is the modem before somebody wants it.
"""

import board
import machine

PWM_HZ = 1000  # into the filter of a 0-10 V stage


class Hardware:
    """`parts`: name in the board file -> driver: `async read()` -> {field: int}, and if it likes:

    `commands`  what the server may tell it, as Commands takes them
    `again_s`   in how many seconds it wants to be read again, out of turn, on a node that sleeps; or None
    `send_s`    not None: each of its readings is reported, and reports wait no longer, on a node that sleeps
    `clock_jumped(by_s)`  the chip's clock was set, on a node that sleeps
    `at_cell(number)`     the modem is registered in that cell, on a node that sleeps
    `stretch`   its own periods shall be so many times as long, as the cell is low, on a node that sleeps

    `supplies`: the pins that switch them.
    """

    def __init__(self, declared):
        """declared: names of those of board.PARTS that are wanted."""
        self._buses = {}
        self.parts = {}
        self.supplies = []
        for name in declared:
            self._made(name)

    def commands(self):
        """Those of all parts, as Commands takes them."""
        found = {}
        for part in self.parts.values():
            found.update(getattr(part, "commands", {}))
        return found

    def again_s(self):
        """In how many seconds a part wants to be read again, out of turn; None if none does."""
        return self._least("again_s")

    def send_s(self):
        """How long reports may wait for a part that wants each of its readings out; None if none does."""
        return self._least("send_s")

    def _least(self, wish):
        wanted = [getattr(part, wish, None) for part in self.parts.values()]
        return min([seconds for seconds in wanted if seconds is not None], default=None)

    def clock_jumped(self, by_s):
        for part in self.parts.values():
            if hasattr(part, "clock_jumped"):
                part.clock_jumped(by_s)

    def stretch(self, times):
        for part in self.parts.values():
            if hasattr(part, "stretch"):
                part.stretch = times

    def at_cell(self, number):
        for part in self.parts.values():
            if hasattr(part, "at_cell"):
                part.at_cell(number)

    def modem(self):
        from drivers.modem.modem import Modem

        driver, bus, pins, apn, bands, contract = board.MODEM
        outputs = {name: machine.Pin(pins[name], machine.Pin.OUT, value=0) for name in pins}
        if contract:
            contract = load(contract[0])(*contract[1:])
        return Modem(self._serial(bus), load(driver)(), outputs, apn or None, bands or None, contract)

    def _made(self, name):
        """The part of that name; what it is made of is made first."""
        if name not in self.parts:
            self.parts[name] = self._part(*board.PARTS[name])
        return self.parts[name]

    def _part(self, driver, bus, address, pins, uses, settings):
        make = load(driver)
        if bus in board.SPIS:
            from firmware.spi_bus import SpiBus

            return make(SpiBus(*board.SPIS[bus], pins["cs"], make.SPI_MODE))
        arguments = {name: _pin(name, pins[name]) for name in pins}
        if "power" in arguments:
            self.supplies.append(arguments["power"])
        arguments.update(settings)
        for role in uses:
            arguments[role] = self._made(uses[role])
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
                from firmware.serial_bus import SerialBus

                self._buses[name] = SerialBus(unit, baudrate, parity, tx, rx)
            else:
                from firmware.rs485_bus import Rs485Bus

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

"""GPIO and PWM: the levels that the board's pins have, and who is told when they change."""

import errno
from collections.abc import Callable

from host_tools.chips import Chip
from host_tools.simulator.buses import PinDevice
from host_tools.simulator.chip.interrupts import Interrupts

UNCHANGED, OUTPUT = -1, 3  # mode argument of machine.Pin; the second as on an ESP32
PULL_UP = 2
PWM_FULL_SCALE = 65535
IRQ_RISING, IRQ_FALLING = 1, 2


class Pins:
    """The chip's GPIO matrix, as far as firmware sees it."""

    def __init__(self, chip: Chip, interrupts: Interrupts):
        self._chip = chip
        self._interrupts = interrupts
        self._triggers: dict[int, int] = {}  # edges that interrupt
        self._level: dict[int, int] = {}
        self._driven: dict[int, int] = {}  # by parts, for pins that are inputs
        self._output: set[int] = set()
        self._pulled_up: set[int] = set()
        self._pwm: set[int] = set()
        self._wires: dict[int, tuple[PinDevice, str]] = {}

    def wire(self, gpio: int, device: PinDevice, name: str) -> None:
        """Connect the part's input `name` to `gpio`."""
        self._wires[gpio] = (device, name)

    def handlers(self) -> dict[str, Callable[[int, int, int], int | None]]:
        return {
            "PIN_MODE": self.set_mode,
            "PIN_WRITE": self.write,
            "PIN_READ": self.read,
            "PIN_IRQ": self.set_irq,
            "PWM_SET": self.set_pwm,
        }

    def reset(self) -> None:
        """A chip reset lets go of every pin."""
        self.release_outputs()
        self._level.clear()
        self._pulled_up.clear()
        self._triggers.clear()

    def release_outputs(self) -> None:
        """What deep sleep does; the parts see low (the boards pull down).  Pulls stay on."""
        self.stop_pwm()
        for gpio in sorted(self._output):
            self._tell(gpio, 0)
        self._output.clear()

    def stop_irqs(self) -> None:
        self._triggers.clear()

    def stop_pwm(self) -> None:
        """What a soft reset does; other outputs keep their level then."""
        for gpio in sorted(self._pwm):
            self._tell_pwm(gpio, 0, 0)
        self._output -= self._pwm
        self._pwm.clear()

    def drive(self, gpio: int, level: int) -> None:
        """A part drives an input of the chip."""
        before = self.read(gpio)
        self._driven[gpio] = level
        edge = self.read(gpio) - before
        if edge and self._triggers.get(gpio, 0) & (IRQ_RISING if edge > 0 else IRQ_FALLING):
            self._interrupts.fire(gpio)

    def set_irq(self, gpio: int, trigger: int, _c: int) -> None:
        """trigger: IRQ_RISING, IRQ_FALLING, both, or 0 for none."""
        self._triggers[gpio] = trigger
        if not trigger:
            self._interrupts.forget(gpio)

    def set_mode(self, gpio: int, mode: int, pull: int) -> None:
        """Raises ENODEV for a pin that the chip has not, EINVAL for one that cannot be an output."""
        if gpio not in self._chip.gpios:
            raise OSError(errno.ENODEV)
        if mode == UNCHANGED:
            return
        if mode == OUTPUT:
            self._make_output(gpio)
            self._tell(gpio, self._level.get(gpio, 0))
        elif gpio in self._output:
            self._output.discard(gpio)
            self._tell(gpio, 0)
        self._pwm.discard(gpio)
        (self._pulled_up.add if pull == PULL_UP else self._pulled_up.discard)(gpio)

    def write(self, gpio: int, level: int, _unused: int) -> None:
        """Of an input: the level that it will have as an output."""
        if self._level.get(gpio) != level:
            self._level[gpio] = level
            if gpio in self._output:
                self._tell(gpio, level)

    def read(self, gpio: int, *_: int) -> int:
        if gpio in self._output:
            return self._level.get(gpio, 0)
        return self._driven.get(gpio, int(gpio in self._pulled_up))

    def set_pwm(self, gpio: int, frequency_hz: int, duty_u16: int) -> None:
        self._make_output(gpio)
        self._pwm.add(gpio)
        self._tell_pwm(gpio, duty_u16, frequency_hz)

    def _make_output(self, gpio: int) -> None:
        if gpio in self._chip.input_only:
            raise OSError(errno.EINVAL)
        self._output.add(gpio)

    def _tell(self, gpio: int, level: int) -> None:
        if wire := self._wires.get(gpio):
            wire[0].pin(wire[1], level)

    def _tell_pwm(self, gpio: int, duty_u16: int, frequency_hz: int) -> None:
        if wire := self._wires.get(gpio):
            wire[0].pwm(wire[1], duty_u16 / PWM_FULL_SCALE, frequency_hz)

"""GPIO and PWM: the levels that the board's pins have, and who is told when they change."""

import errno
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from host_tools.chips import Chip
from host_tools.simulator.buses import PinDevice
from host_tools.simulator.chip.interrupts import Interrupts

# Arguments of machine.Pin: modes and pulls as on an ESP32, and what leaves either as it is.
UNCHANGED, OFF, OUTPUT, OPEN_DRAIN = -1, 0, 3, 7
PULL_UP = 2
PWM_FULL_SCALE = 65535
IRQ_RISING, IRQ_FALLING = 1, 2
PWM_TIMERS = {"esp32": 8, "esp32s3": 4, "esp32c3": 4}  # each gives one frequency; LEDC chapters of the TRMs
# Pads of the always-on domain: they keep a hold, and can wake the chip, in deep sleep.  Datasheets,
# "RTC_GPIO" (ESP32, S3) and VDD3P3_RTC domain (C3).
RTC_PINS = {
    "esp32": frozenset([0, 2, 4, *range(12, 16), *range(25, 28), *range(32, 40)]),
    "esp32s3": frozenset(range(22)),
    "esp32c3": frozenset(range(6)),
}


@dataclass
class Pad:
    """One pin: what the program has set, and what a part does to it."""

    mode: int = OFF
    level: int = 0  # of the output register
    pull: int = 0
    pwm: tuple[int, int] | None = None  # duty and frequency
    pwm_in_sleep: bool = False
    trigger: int = 0  # edges that interrupt
    held: int | None = None  # while it is held: the level that it keeps

    @property
    def shown(self) -> int:
        """What a part sees; it takes a pin that nobody drives for low (the boards pull down)."""
        if self.held is not None:
            return self.held
        return self.level if self.mode in (OUTPUT, OPEN_DRAIN) else 0


class Pins:
    """The chip's GPIO matrix, as far as firmware sees it."""

    def __init__(self, chip: Chip, interrupts: Interrupts):
        self._chip = chip
        self._interrupts = interrupts
        self._pads: defaultdict[int, Pad] = defaultdict(Pad)
        self._driven: dict[int, int] = {}  # by parts, for pins that are inputs
        self._wires: dict[int, tuple[PinDevice, str]] = {}
        self._hold_in_deep_sleep = False

    def wire(self, gpio: int, device: PinDevice, name: str) -> None:
        """Connect the part's input `name` to `gpio`."""
        self._wires[gpio] = (device, name)

    def handlers(self) -> dict[str, Callable[[int, int, int], int | None]]:
        return {
            "PIN_MODE": self.set_mode,
            "PIN_WRITE": self.write,
            "PIN_READ": self.read,
            "PIN_REGISTER": lambda gpio, _b, _c: self._pads[gpio].level,
            "PIN_HOLD": self._hold,
            "PIN_HOLD_ALL": self._hold_all,
            "PIN_IRQ": self.set_irq,
            "PWM_SET": self.set_pwm,
            "PWM_IN_SLEEP": self._keep_pwm_in_sleep,
            "PWM_STOP": self._stop_pwm,
        }

    # --- resets and sleep

    def reset(self) -> None:
        """A chip reset lets go of every pin but those that are held."""
        self.release_outputs()
        self._pads = defaultdict(Pad, {gpio: Pad(held=pad.held) for gpio, pad in self._held_pads()})

    def lose_power(self) -> None:
        """Nothing is held any more."""
        for gpio, pad in self._held_pads():
            pad.held = None
            self._tell(gpio)
        self._hold_in_deep_sleep = False

    def release_outputs(self) -> None:
        """What deep sleep and resets do.  Pulls stay on.

        Held pads keep their level: those of the always-on domain, and the others once
        `esp32.gpio_deep_sleep_hold(True)` was called (a chip wants that for deep sleep alone).
        """
        self.stop_pwm()
        for gpio, pad in sorted(self._pads.items()):
            drives, pad.mode = pad.mode in (OUTPUT, OPEN_DRAIN), OFF
            if gpio not in RTC_PINS[self._chip.name] and not self._hold_in_deep_sleep:
                pad.held = None
            if drives and pad.held is None:
                self._tell(gpio)

    def stop_irqs(self) -> None:
        for pad in self._pads.values():
            pad.trigger = 0

    def stop_pwm(self) -> None:
        """What a soft reset does; other outputs keep their level then."""
        for gpio in [gpio for gpio, pad in sorted(self._pads.items()) if pad.pwm]:
            self._stop_pwm(gpio)

    def sleep(self) -> None:
        """Light sleep stops the clock of PWMs, but of those made with `lightsleep=True`.

        A C3 and an S3 let go of outputs that are not held: ESP-IDF's CONFIG_ESP_SLEEP_GPIO_RESET_WORKAROUND,
        which is on by itself (seen in github.com/espressif/esp-idf, issue 12351).
        """
        self._tell_sleeping_pwms(lambda _: (0, 0))
        for device, name in self._let_go():
            device.pin(name, 0)

    def wake(self) -> None:
        self._tell_sleeping_pwms(lambda pad: pad.pwm)
        for device, name in self._let_go():
            device.pin(name, 1)

    def _let_go(self) -> list[tuple[PinDevice, str]]:
        """Who sees a level go in light sleep, and come back."""
        if self._chip.name == "esp32":
            return []
        pads = sorted(self._pads.items())
        return [
            self._wires[gpio]
            for gpio, pad in pads
            if gpio in self._wires and pad.held is None and not pad.pwm and pad.shown
        ]

    # --- levels

    def drive(self, gpio: int, level: int) -> None:
        """A part drives an input of the chip."""
        before = self.read(gpio)
        self._driven[gpio] = level
        self._interrupt(gpio, before)

    def set_irq(self, gpio: int, trigger: int, _c: int) -> None:
        """trigger: IRQ_RISING, IRQ_FALLING, both, or 0 for none."""
        self._pads[gpio].trigger = trigger
        if not trigger:
            self._interrupts.forget(gpio)

    def set_mode(self, gpio: int, mode: int, pull: int) -> None:
        """Raises ENODEV for a pin that the chip has not, EINVAL for one that cannot be an output."""
        if gpio not in self._chip.gpios:
            raise OSError(errno.ENODEV)
        pad, before = self._pads[gpio], self.read(gpio)
        if pull != UNCHANGED:
            pad.pull = pull
        if mode != UNCHANGED:
            drives = mode in (OUTPUT, OPEN_DRAIN)
            if drives and gpio in self._chip.input_only:
                raise OSError(errno.EINVAL)
            drove, pad.mode, pad.pwm = pad.mode in (OUTPUT, OPEN_DRAIN), mode, None
            if (drives or drove) and pad.held is None:
                self._tell(gpio)
        self._interrupt(gpio, before)

    def write(self, gpio: int, level: int, _unused: int) -> None:
        """Of an input: the level that it will have as an output."""
        pad, before, shown = self._pads[gpio], self.read(gpio), self._pads[gpio].shown
        pad.level = level
        if pad.shown != shown:
            self._tell(gpio)
        self._interrupt(gpio, before)

    def read(self, gpio: int, *_: int) -> int:
        """The pad's level: an open drain that is not low has what a part or the pull makes of it."""
        pad = self._pads[gpio]
        if pad.held is not None:
            return pad.held
        if pad.mode == OUTPUT or (pad.mode == OPEN_DRAIN and not pad.level):
            return pad.level
        return self._driven.get(gpio, int(bool(pad.pull & PULL_UP)))

    def _interrupt(self, gpio: int, before: int) -> None:
        edge = self.read(gpio) - before
        if edge and self._pads[gpio].trigger & (IRQ_RISING if edge > 0 else IRQ_FALLING):
            self._interrupts.fire(gpio)

    def _tell(self, gpio: int) -> None:
        if wire := self._wires.get(gpio):
            wire[0].pin(wire[1], self._pads[gpio].shown)

    # --- hold

    def _held_pads(self) -> list[tuple[int, Pad]]:
        return [(gpio, pad) for gpio, pad in sorted(self._pads.items()) if pad.held is not None]

    def _hold(self, gpio: int, on: int, _c: int) -> None:
        """Held, an output keeps its level whatever the program writes; let go, it takes what was written."""
        pad = self._pads[gpio]
        shown, pad.held = pad.shown, None
        if pad.shown != shown:
            self._tell(gpio)
        if on and pad.mode in (OUTPUT, OPEN_DRAIN):
            pad.held = pad.shown

    def _hold_all(self, on: int, _b: int, _c: int) -> None:
        self._hold_in_deep_sleep = bool(on)

    # --- PWM

    def set_pwm(self, gpio: int, frequency_hz: int, duty_u16: int) -> None:
        """EINVAL for an input, ENOMEM without a free channel, EAGAIN without a timer for the frequency."""
        if gpio in self._chip.input_only:
            raise OSError(errno.EINVAL)
        others = [pad.pwm for other, pad in self._pads.items() if pad.pwm and other != gpio]
        if len(others) >= self._chip.pwm_channels:
            raise OSError(errno.ENOMEM)
        if len({frequency for _, frequency in others} | {frequency_hz}) > PWM_TIMERS[self._chip.name]:
            raise OSError(errno.EAGAIN)
        self._pads[gpio].mode = OUTPUT
        self._pads[gpio].pwm = (duty_u16, frequency_hz)
        self._tell_pwm(gpio, duty_u16, frequency_hz)

    def _stop_pwm(self, gpio: int, *_: int) -> None:
        pad = self._pads[gpio]
        if pad.pwm:
            pad.mode, pad.pwm = OFF, None
            self._tell_pwm(gpio, 0, 0)

    def _keep_pwm_in_sleep(self, gpio: int, on: int, _c: int) -> None:
        self._pads[gpio].pwm_in_sleep = bool(on)

    def _tell_sleeping_pwms(self, output: Callable[[Pad], tuple[int, int]]) -> None:
        for gpio, pad in sorted(self._pads.items()):
            if pad.pwm and not pad.pwm_in_sleep:
                self._tell_pwm(gpio, *output(pad))

    def _tell_pwm(self, gpio: int, duty_u16: int, frequency_hz: int) -> None:
        if wire := self._wires.get(gpio):
            wire[0].pwm(wire[1], duty_u16 / PWM_FULL_SCALE, frequency_hz)

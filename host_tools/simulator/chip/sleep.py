"""Sleep: what wakes the chip, and the memory that stays powered meanwhile.

`machine.deepsleep` ends the program; `Esp32` then waits, without a VM, for `wait`, and boots.
"""

import errno
from collections.abc import Callable, Sequence
from typing import Protocol

from host_tools.simulator.chip.crystal import Crystal
from host_tools.simulator.chip.pins import RTC_PINS, Pins
from host_tools.simulator.vm.files import File

# ESP-IDF's esp_sleep_wakeup_cause_t
EXT0, EXT1, TIMER, GPIO = 2, 3, 4, 7
LIGHT, DEEP = 2, 4  # kinds of sleep: machine.SLEEP, machine.DEEPSLEEP
BOOT = 1  # what observers are told between a deep sleep and the program's start
LOW, HIGH = 0, 1


class Sleeper(Protocol):
    """A peripheral that light sleep stops."""

    def sleep(self) -> None: ...

    def wake(self) -> None: ...


class Sleep:
    """Wake sources, and the wait for them in either sleep.

    Light sleep stops the program and the peripherals' clock, as far as a program can see it: what a UART
    receives is lost and what was written still goes out; PWMs stop, but those made with `lightsleep=True`;
    the chip's timers and its watchdog stand still; software timers (id -1) that fall due run afterwards.
    """

    def __init__(self, crystal: Crystal, pins: Pins, chip_name: str, sleepers: Sequence[Sleeper] = ()):
        self._crystal = crystal
        self._pins = pins
        self._sleepers = sleepers
        has_ext = chip_name != "esp32c3"  # it wakes from deep sleep by GPIO instead
        self._ext_pins = RTC_PINS[chip_name] if has_ext else frozenset()
        self._deep_gpios = frozenset() if has_ext else RTC_PINS[chip_name]
        # With "all low" the ESP32's ext1 wants every pin low; later chips have "any low" in its place.
        self._ext1_low = all if chip_name == "esp32" else any
        self._sources: dict[int, tuple[list[int], int, int]] = {}  # pins, level, kinds of sleep
        self.reason = 0
        self.observers: list[Callable[[int], None]] = []  # called with LIGHT, DEEP, BOOT, or 0

    def handlers(self) -> dict[str, Callable[[int, int, int], int | None]]:
        return {
            "WAKE_SOURCE": self._clear_source,
            "WAKE_PIN": self._add_pin,
            "WAKE_REASON": lambda _a, _b, _c: self.reason,
            "DEEP_SLEEP_CHECK": self._check_deep,
        }

    def reset(self) -> None:
        self._sources.clear()

    def wait(self, duration_ms: int, deep: bool) -> None:
        """Until `duration_ms` are over (negative: no end) or a pin wakes the chip; notes the reason."""
        if not deep:
            for sleeper in self._sleepers:
                sleeper.sleep()
        deadline_us = self._crystal.now_us + duration_ms * 1000 if duration_ms >= 0 else None
        kind = DEEP if deep else LIGHT
        self._tell(kind)
        after = 0
        try:
            self._crystal.run_until(deadline_us, lambda: bool(self._pin_reason(kind)))
            after = BOOT if deep else 0
        finally:  # also when a reset ends it
            self._tell(after)
        self.reason = self._pin_reason(kind) or TIMER
        if not deep:
            for sleeper in self._sleepers:
                sleeper.wake()

    def booted(self) -> None:
        """After a deep sleep MicroPython has started."""
        self._tell(0)

    def _tell(self, kind: int) -> None:
        for observer in self.observers:
            observer(kind)

    def _pin_reason(self, kind: int) -> int:
        for source, (gpios, level, kinds) in self._sources.items():
            enough = self._ext1_low if source == EXT1 and level == LOW else any
            if gpios and kinds & kind and enough(self._pins.read(gpio) == level for gpio in gpios):
                return source
        return 0

    def _clear_source(self, source: int, level: int, kinds: int) -> None:
        """ENODEV for a source that the chip has not; it wakes by no pin until `WAKE_PIN` names some."""
        if source in (EXT0, EXT1) and not self._ext_pins:
            raise OSError(errno.ENODEV)
        self._sources[source] = ([], level, kinds)

    def _add_pin(self, source: int, gpio: int, _c: int) -> None:
        """EINVAL for a pin that this source cannot watch."""
        if source in (EXT0, EXT1) and gpio not in self._ext_pins:
            raise OSError(errno.EINVAL)
        self._sources[source][0].append(gpio)

    def _check_deep(self, _a: int, _b: int, _c: int) -> None:
        """ENODEV when GPIOs shall end a deep sleep and the chip cannot do that, EINVAL when those cannot."""
        gpios = self._sources.get(GPIO, ([], 0, 0))[0]
        if gpios and not self._deep_gpios:
            raise OSError(errno.ENODEV)
        if not self._deep_gpios.issuperset(gpios):
            raise OSError(errno.EINVAL)


class RtcMemory(File):
    """`machine.RTC().memory()`: kept over every reset but a loss of power."""

    def __init__(self) -> None:
        self._data = b""

    def handlers(self) -> dict[str, Callable[[int, int, int], int | None]]:
        return {
            "RTC_MEMORY_LENGTH": lambda _a, _b, _c: len(self._data),
            "RTC_MEMORY_CLEAR": lambda _a, _b, _c: self.clear(),
        }

    def devices(self) -> dict[str, File]:
        return {"rtcmemory": self}

    def clear(self) -> None:
        self._data = b""

    def read(self, length: int) -> bytes:
        return self._data[:length]

    def write(self, data: bytes) -> int:
        self._data = data
        return len(data)

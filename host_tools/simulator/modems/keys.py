"""The keys of a module: pins that act when they have been pressed for long enough, and pins that wake it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from host_tools.simulator.kernel import Event
from host_tools.simulator.modems.dialect import Cause, Depth

if TYPE_CHECKING:
    from host_tools.simulator.modems.module import Module


class Keys:
    """`pwrkey`, `reset` and the wake pins of one module; level 1 is pressed."""

    def __init__(self, modem: Module):
        self._modem = modem
        self._levels = dict.fromkeys(("pwrkey", "reset", *modem.dialect.wake_pins), 0)
        self._timer: Event | None = None

    def pressed(self, name: str) -> bool:
        return bool(self._levels[name])

    def release_all(self) -> None:
        self._levels = dict.fromkeys(self._levels, 0)

    def move(self, name: str, level: int) -> None:
        """The board drives a pin."""
        modem = self._modem
        pressed_now = level and not self._levels[name]
        self._levels[name] = level
        self.forget()
        if not modem.obeys_keys():
            return
        asleep = modem.is_on and modem.sleep.depth != Depth.AWAKE
        if asleep and pressed_now and name in modem.dialect.wake_pins:
            modem.sleep.wake()
        else:
            self.watch()

    def watch(self) -> None:
        """Wait until a key that is pressed has been so for long enough."""
        modem, dialect = self._modem, self._modem.dialect
        if modem.is_on and self._levels["reset"]:
            self._after(dialect.reset_ms, lambda: modem.boot(Cause.RESET_PIN))
        elif not modem.is_on and self._levels["pwrkey"] and dialect.power_key_ms is not None:
            self._after(dialect.power_key_ms, modem.boot)
        elif modem.is_on and self._levels["pwrkey"] and dialect.power_off_key_ms is not None:
            self._after(dialect.power_off_key_ms, modem.power_down)

    def forget(self) -> None:
        if self._timer:
            self._timer.cancel()

    def _after(self, hold_ms: int, action: Callable[[], None]) -> None:
        self.forget()
        self._timer = self._modem.queue.after(hold_ms * 1000, action)

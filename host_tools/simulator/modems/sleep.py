"""How a module falls asleep and wakes: the lock that commands hold, light and deep sleep, the deaf UART."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host_tools.simulator.kernel import Event
from host_tools.simulator.modems.dialect import Depth, Spread

if TYPE_CHECKING:
    from host_tools.simulator.modems.module import Module

RELEASE_MS = 100  # from the command that gives up the lock; assumed


class Sleep:
    """The sleep of one module.  The dialect says how deep it may be, this class when."""

    def __init__(self, modem: Module):
        self._depth = Depth.AWAKE
        self.woken = 0  # so many times from deep sleep
        self._modem = modem
        self._lock: Event | None = None  # held while this is due
        self._rising = False  # on its way up; the UART does not listen yet
        self._to_lose: int | None = None  # of the characters that come meanwhile; None: all

    @property
    def depth(self) -> Depth:
        return self._depth

    @depth.setter
    def depth(self, depth: Depth) -> None:
        if depth != self._depth:
            self._depth = depth
            self._modem.tell_observers()

    @property
    def hears(self) -> bool:
        """Whether the module acts on what its UART receives."""
        return self.depth == Depth.AWAKE and not self._rising

    def stop(self) -> None:
        """The module is switched off or boots: sleep has no part in that."""
        self.depth = Depth.AWAKE
        self._rising = False
        self._let_go()

    def hold(self, lock_ms: int | None = None) -> None:
        """Stay awake for that long from now; None: as long as after every command."""
        self._let_go()
        lock_ms = self._modem.options.sleep_lock_ms if lock_ms is None else lock_ms
        self._lock = self._modem.queue.after(lock_ms * 1000, self._lock_over)

    def release(self) -> None:
        """Give up the lock, as some modules have a command for; its answer still goes out."""
        self._modem.later(RELEASE_MS, self._lock_over)

    def reconsider(self) -> None:
        """Fall asleep, as deep as the dialect finds right, if nothing keeps the module awake."""
        modem = self._modem
        if self._lock or self._rising or not modem.idle:
            return
        depth = modem.dialect.depth(modem)
        if depth == Depth.DEEP > self.depth:
            modem.dialect.on_sleep(modem)
        self.depth = depth

    def rouse(self) -> None:
        """The radio has work for a module in deep sleep, or had."""
        depth = self._modem.dialect.depth(self._modem)
        if self.depth == Depth.DEEP > depth and not self._rising:
            self.depth = depth
            self._awake()

    def wake(self) -> None:
        """By a pin, or by characters on the UART."""
        if self.depth == Depth.AWAKE or self._rising:
            return
        deep = self.depth == Depth.DEEP
        options = self._modem.options
        spread: Spread = options.wake_ms if deep else options.light_wake_ms
        self._rising = True
        self._to_lose = None
        self._modem.later(self._modem.rng.randint(*spread), lambda: self._risen(deep))

    def admit(self, data: bytes) -> bytes:
        """What of `data` on the UART the module will ever hear."""
        if self.hears:
            return data
        modem = self._modem
        if not self._rising and modem.dialect.uart_wakes(modem):
            self.wake()
            self._to_lose = modem.options.lost_at_wake
        if not self._rising or self._to_lose is None:
            return b""
        heard = data[self._to_lose :]
        self._to_lose -= len(data) - len(heard)
        return heard

    def _risen(self, deep: bool) -> None:
        self._rising = False
        self.depth = Depth.AWAKE
        self.hold()
        if deep:
            self._awake()
        self._modem.go_on()

    def _awake(self) -> None:
        self.woken += 1
        self._modem.dialect.on_wake(self._modem)

    def _lock_over(self) -> None:
        self._let_go()
        self.reconsider()

    def _let_go(self) -> None:
        if self._lock:
            self._lock.cancel()
            self._lock = None

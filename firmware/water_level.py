"""A water gauge: an ultrasonic sensor or radar and a pressure probe that watch one level, a rain gauge, and a
radar that tells how fast the surface moves.

What their readings mean is in water_state.py; here they are read, and what must outlive a sleep is kept.
"""

import asyncio
import time

from firmware.kept import GAUGE_SLOT, RtcSlot
from firmware.water_state import WaterState
from protocols.errors import BusError


class WaterGauge:
    """`echo` and `probe` measure `level_mm`, `velocity` `velocity_mmps`, `rain` is a RainCounter.

    None for what is not fitted.
    """

    def __init__(self, echo=None, probe=None, rain=None, velocity=None, **settings):
        self._slot = RtcSlot(*GAUGE_SLOT)
        self._state = WaterState(self._slot.load())
        self._parts = echo, probe, rain, velocity
        self._rain = rain
        for part in self._parts:
            if part:
                part.read = _once(part.read)
        self.configure(**settings)

    def configure(self, **settings):
        """settings: those of WaterState."""
        self._state.configure(**settings)

    def clock_jumped(self, by_s):
        self._state.clock_jumped(by_s)
        self._slot.store(self._state.kept)

    @property
    def again_s(self):
        return self._state.again_s

    @property
    def stretch(self):
        return self._state.stretch

    @stretch.setter
    def stretch(self, times):
        self._state.stretch = times

    @property
    def send_s(self):
        return self._state.send_s

    async def read(self):
        """The fields of WaterState.judge."""
        echo, probe, rain, velocity = await asyncio.gather(*[_try(part) for part in self._parts])
        state = self._state
        tips, tip_um = rain.get("tips_count"), self._rain.tip_um if self._rain else 0
        levels = echo.get("level_mm"), probe.get("level_mm")
        fields = state.judge(time.time(), *levels, tips, tip_um, velocity.get("velocity_mmps"))
        self._slot.store(state.kept)
        if tips is not None:
            # While the gauge looks often by itself, rain need not wake it.
            self._rain.wake_after(None if state.again_s else state.wet_tips)
        return fields


async def _try(part):
    """Its reading: {} if it is not fitted, or fails, which the part's own points tell."""
    if not part:
        return {}
    try:
        return await part.read()
    except BusError:
        return {}


def _once(read):
    """`read` for many: who asks while a reading is under way, as the sampler does, gets that one too."""
    tasks = []

    async def shared():
        if not tasks:
            tasks.append(asyncio.create_task(read()))
        task = tasks[0]
        try:
            return await task
        finally:
            if task in tasks:
                tasks.remove(task)

    return shared

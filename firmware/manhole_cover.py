"""The manhole cover's own logic: what its position, its magnet and the water tell together.

    opened    the magnet is away, or the cover is tilted
    tilted    its settled angle from the learnt position is beyond the threshold; at once beyond 90 degrees
    shifted   a smaller change of angle has lasted (a turn about the vertical is not felt)
    missing   it has been far off its position without its magnet, or in motion, for long
    flooded   the water has reached the switch
    stolen    missing or shifted, and the modem is in none of the cells that it was in before.  One that it
              finds while the magnet is there, or as soon as the lid is up, is known from then on

While it is disarmed, for work that somebody has announced, all but the water is 0 and `is_open` alone tells.
Work is announced by the `disarm` command, or by the fob of a crew that is near when the cover is opened, or
at the next two readings, which ends the alarm.  An opening gets one such grant; closing ends none.
While it is missing, and has not yet lain still for half a day, the server is told every quarter of an hour,
and so learns each cell on its way.
A node that has learnt no position yet is on its way, or upright on a shelf: it is not armed, and learns once
it has lain flat under its magnet for a while.  A vehicle changes no settled angle: it is an impact, counted.

The learnt position, the known cells, what was missing or shifted and where, the time granted and whom by
are in NVS.  The time that is left is in the RTC's memory, so a power cut gives back what it was when NVS was
written last: who can cut the power needs no such grant.
"""

import struct
import time

from drivers.lis2dw12 import angle_mrad
from firmware.kept import GUARD_SLOT, NvsBlob, RtcSlot, unpacked
from protocols.errors import BusError

KEY = "guard"  # in NVS
# The position in thousandths of g, all 0 before it is learnt; seconds granted; the last two known cells, and
# a foreign one, 0: none; flags.
LEARNT = "<hhhiiiiB"
KEPT = "<iiHHBBii"
LONGEST_S = 100_000  # between two readings

SHIFT_MRAD = 35
HYSTERESIS_MRAD = 35
FAR_MRAD = 350
NO_ANGLE = -1000
FLAT_MG = 866  # of gravity out of the cover's plane: less than 30 degrees off
MOST_MINUTES = 480

IN_PLACE, LYING, SHIFTED, FAR, MOVING = range(5)
LASTING_S = (0, 600, 600, 600, 60)  # for how long each must last, to mean something
MOVING_AGAIN_S = 10
SEARCH_S, STILL_S = 900, 43_200

# The number of the crew that may open it is above the flags.
IS_TILTED, IS_SHIFTED, IS_MISSING, IS_AWAY, SHALL_LEARN, CREW = 1, 2, 4, 8, 16, 32
LASTING_FLAGS = IS_SHIFTED | IS_MISSING | (0x100 - CREW)


class ManholeGuard:
    """`tilt` is a LIS2DW12; `magnet` and `water` are contacts, active when it is away and when it comes.

    `crew` hears fobs: `authorised(is_open, is_armed)` is a crew's number, or 0; `minutes` what it may have.
    """

    stretch = 1

    def __init__(self, tilt, magnet, water, crew=None, **settings):
        self._tilt = tilt
        self._magnet = magnet
        self._water = water
        self._crew = crew
        self._nvs = NvsBlob(KEY, struct.calcsize(LEARNT))
        self._slot = RtcSlot(*GUARD_SLOT)
        learnt = unpacked(LEARNT, self._nvs.load(), 0, 0, 0, 0, 0, 0, 0, 0)
        self._rest, granted_s, self._known = learnt[:3], learnt[3], learnt[4:6]
        if any(self._rest):
            tilt.reference_mg = self._rest
        # After a loss of power a cover that is away was perhaps opened long ago, elsewhere.
        instead = time.time(), granted_s, 0, 0, IN_PLACE, learnt[7] | IS_AWAY, learnt[6], 0
        kept = unpacked(KEPT, self._slot.load(), *instead)
        self._then, self._left_s, self._lasts_s, self._impacts, self._phase, self._flags = kept[:6]
        self._foreign, self._told_s = kept[6:]
        self._learns = not self._has(IS_AWAY)
        self.again_s = None
        missed_s = self._told_s + time.time() - self._then
        self.send_s = 0 if self._is_on_its_way() and missed_s >= SEARCH_S else None
        self.commands = {
            "learn": (self._learn, ""),
            "disarm": (self._disarm, "minutes"),
            "arm": (self._arm, ""),
        }
        self.configure(**settings)

    def configure(self, threshold_mrad=175):
        """threshold_mrad: the angle that counts as open."""
        self._threshold_mrad = threshold_mrad

    async def read(self):
        """The fields of the part.  `tilt_mrad` is missing while the cover is moved.

        An accelerometer that does not answer has an angle that cannot be, which becomes a fault of that
        point; the magnet guards alone.
        """
        is_away = (await self._magnet.read())["is_active"]
        reading = {"is_flooded": (await self._water.read())["is_active"]}
        elapsed_s = self._pass_time()
        try:
            phase = await self._look(is_away, elapsed_s, reading)
        except BusError as error:
            print("guard:", error)
            reading["tilt_mrad"] = NO_ANGLE
            phase = FAR if is_away and self._has(IS_MISSING) else IN_PLACE
        is_open = int(is_away or self._has(IS_TILTED))
        is_armed = int(any(self._rest) and not self._left_s)
        crew = self._crew and self._crew.authorised(is_open, is_armed)
        if crew:
            is_armed = 0
            self.send_s = 0  # the server learns of it at once
            self._grant(60 * self._crew.minutes, crew)
        self._last(phase, elapsed_s)
        reading["is_open"], reading["is_armed"] = is_open, is_armed
        reading["is_opened"] = is_armed & is_open
        for name, flag in (("is_tilted", IS_TILTED), ("is_shifted", IS_SHIFTED), ("is_missing", IS_MISSING)):
            reading[name] = is_armed & self._has(flag)
        reading["crew_code"] = self._flags // CREW
        reading["foreign_cell_code"] = self._foreign if is_armed else 0
        reading["impacts_count"] = self._impacts
        self._keep()
        return reading

    def clock_jumped(self, by_s):
        """The chip's clock was set."""
        self._then += by_s
        self._keep()

    def at_cell(self, number):
        """The modem is registered in the cell of that number."""
        was = self._foreign
        is_gone = self._flags & (IS_MISSING | IS_SHIFTED)
        if self._learns and not is_gone and number not in self._known:
            self._known = number, self._known[0]
            self._store()
        self._foreign = number if is_gone and any(self._known) and number not in self._known else 0
        if self._foreign != was:
            self._store()
            self._soon("")

    # -- what it sees

    async def _look(self, is_away, elapsed_s, reading):
        """What the accelerometer tells; `reading` gets its fields."""
        tilt = self._tilt
        is_moved = tilt.moved()
        is_news = is_away and not self._has(IS_AWAY)
        self._learns = is_news or not is_away
        self._set(IS_AWAY, is_away)
        reading["temperature_mdegc"] = tilt.temperature_mdegc()
        if self._has(SHALL_LEARN):
            vector = await tilt.rest_mg()
        elif is_news:
            vector = tilt.glance_mg()  # that it is open shall be told now, its settled angle soon
        else:
            vector = await tilt.position_mg()
        if vector is None:
            return MOVING
        is_new = not any(self._rest)
        is_lying = is_new and abs(vector[2]) >= FLAT_MG and not is_away
        has_lain = is_lying and self._phase == LYING and self._lasts_s + elapsed_s >= LASTING_S[LYING]
        if self._has(SHALL_LEARN) or has_lain:
            self._settle_on(vector)
        angle = reading["tilt_mrad"] = angle_mrad(vector, tilt.reference_mg)
        if not any(self._rest):
            return LYING if is_lying else IN_PLACE
        self._set(IS_TILTED, angle > self._threshold_mrad - self._has(IS_TILTED) * HYSTERESIS_MRAD)
        if is_news or (is_away and is_moved):  # who carries it evenly does not shake it much
            return MOVING
        if is_away and (angle > FAR_MRAD or self._has(IS_MISSING)):
            return FAR
        if not self._has(IS_TILTED) and not is_away and angle >= SHIFT_MRAD:
            return SHIFTED
        if is_moved and not is_away and not self._has(IS_TILTED):
            self._impacts = self._impacts + 1 & 0xFFFF
        return IN_PLACE

    def _last(self, phase, elapsed_s):
        """It is so now; has it been for long?  And when is it to be asked again?"""
        self._lasts_s = min(self._lasts_s + elapsed_s, LONGEST_S // 2) if phase == self._phase else 0
        self._phase = phase
        has_lasted = self._lasts_s >= LASTING_S[phase]
        were = self._flags
        self._set(IS_SHIFTED, phase == SHIFTED and (has_lasted or self._has(IS_SHIFTED)))
        if phase != MOVING or has_lasted:
            self._set(IS_MISSING, phase in (FAR, MOVING) and (has_lasted or self._has(IS_MISSING)))
        if self._flags != were:
            self._store()
        wanted = [self._left_s + 1] if self._left_s else []
        if phase == MOVING:
            wanted.append(MOVING_AGAIN_S)
        elif not has_lasted:
            wanted.append(LASTING_S[phase] - self._lasts_s + 1)
        is_on_its_way = self._is_on_its_way()
        self._told_s = self._told_s + elapsed_s if is_on_its_way and self.send_s is None else 0
        if is_on_its_way:
            wanted.append(max(1, SEARCH_S * self.stretch - self._told_s))
        self.again_s = min(wanted, default=None)

    def _is_on_its_way(self):
        return self._has(IS_MISSING) and self._lasts_s < STILL_S and not self._left_s

    def _settle_on(self, vector):
        self._set(SHALL_LEARN, False)
        self._flags &= ~(IS_TILTED | IS_SHIFTED | IS_MISSING)
        self._rest = self._tilt.reference_mg = vector
        self._store()

    # -- commands

    def _learn(self):
        self._set(SHALL_LEARN, True)
        return self._soon("it learns at its next rest")

    def _disarm(self, minutes):
        if not isinstance(minutes, int) or not 1 <= minutes <= MOST_MINUTES:
            raise ValueError("minutes: 1 to %d" % MOST_MINUTES)
        self._grant(60 * minutes)
        return self._soon("disarmed for %d minutes" % minutes)

    def _arm(self):
        self._grant(0)
        return self._soon("armed")

    def _grant(self, seconds, crew=0):
        self._pass_time()
        self._left_s = seconds
        self._flags = self._flags % CREW + crew * CREW
        self._store()

    def _soon(self, answer):
        self.again_s = 1
        self._keep()
        return answer

    # -- what it keeps

    def _pass_time(self):
        """How long it is since the last time; the granted one runs out."""
        now = time.time()
        elapsed_s = max(0, min(now - self._then, LONGEST_S))
        self._then = now
        if self._left_s:
            self._left_s = max(0, self._left_s - elapsed_s)
            if not self._left_s:
                self._grant(0)
        return elapsed_s

    def _has(self, flag):
        return self._flags & flag != 0

    def _set(self, flag, on):
        self._flags = self._flags | flag if on else self._flags & ~flag

    def _keep(self):
        state = self._then, self._left_s, self._lasts_s, self._impacts, self._phase, self._flags
        self._slot.store(struct.pack(KEPT, *(state + (self._foreign, self._told_s))))

    def _store(self):
        lasting = self._known + (self._foreign, self._flags & LASTING_FLAGS)
        self._nvs.store(struct.pack(LEARNT, *(tuple(self._rest) + (self._left_s,) + lasting)))

"""What the readings of a water gauge mean: one level of two sensors, stage, rise, flow, rain, and the pace.

In a storm (rain, a stage, or water that moves) the gauge wants to be read sooner than the board file says,
and its reports to leave sooner.  The storm is over when it has been calm for a while: the pace does not flap.
"""

import struct

from firmware.water_rating import flow, interpolate

LAYOUT, MINUTES = "<iiiiiiHBB", 60  # then the tips of so many minutes
NONE = -(1 << 30)
MEMORY_S = 7200  # what is older says nothing of now
RISE_S = 240  # over less than that a rise is noise
RUSH_MM_PER_MIN = 10  # faster than that no water moves that two sensors do not agree on
ALARM = 3  # the highest stage


class WaterState:
    """`again_s`: in how many seconds to read again; `send_s`: so long reports may wait.  None: as ever.

    `stretch`: the cell is low, so that the pace is so many times as slow, but not that of an alarm.
    """

    stretch = 1

    def __init__(self, kept=b""):
        """kept: the property, from before a sleep."""
        if len(kept) != struct.calcsize(LAYOUT) + MINUTES:
            kept = struct.pack(LAYOUT, 0, NONE, 0, NONE, NONE, NONE, 0, 0, 0) + bytes(MINUTES)
        numbers = struct.unpack_from(LAYOUT, kept)
        self._read_s, self._level, self._base_s, self._base, self._rise, self._tips = numbers[:6]
        self._vigilant_s, self._stage, self._silent = numbers[6:]  # the rain gauge for so many minutes
        self._minutes = bytearray(kept[-MINUTES:])  # tips in each, the last one is now
        self._is_blind = False  # no rain gauge would wake it

    @property
    def kept(self):
        numbers = self._read_s, self._level, self._base_s, self._base, self._rise, self._tips
        numbers += self._vigilant_s, self._stage, self._silent
        return struct.pack(LAYOUT, *numbers) + bytes(self._minutes)

    def configure(
        self,
        datum_mm=0,
        attention_mm=30,
        warning_mm=100,
        alarm_mm=250,
        hysteresis_mm=20,
        tolerance_mm=50,
        rise_mmph=100,
        wet_tips=5,
        calm_s=3600,
        storm_s=300,
        alarm_s=60,
        look_s=900,
        storm_send_s=1800,
        rating=(),
        section=(),
        velocity_permil=850,
    ):
        """The settings; docs/configuration.md has what they mean."""
        self._datum_mm = datum_mm
        self._stages = attention_mm, warning_mm, alarm_mm
        self._hysteresis_mm = hysteresis_mm
        self._tolerance_mm = tolerance_mm
        self._rise_mmph = rise_mmph
        self.wet_tips = wet_tips
        self._calm_s = calm_s
        self._storm_s = storm_s
        self._alarm_s = alarm_s
        self._look_s = look_s
        self._storm_send_s = storm_send_s
        self._rating = rating
        self._section = section
        self._velocity_permil = velocity_permil

    def clock_jumped(self, by_s):
        """The clock of `judge` was set forward by so much."""
        self._read_s += by_s
        self._base_s += by_s

    @property
    def again_s(self):
        if not self._vigilant_s:
            return self._look_s * self.stretch if self._is_blind else None
        return self._alarm_s if self._stage == ALARM and self._moves() else self._storm_s * self.stretch

    @property
    def send_s(self):
        return self._storm_send_s if self._vigilant_s else None

    def judge(self, now_s, echo_mm, probe_mm, tips, tip_um, velocity_mmps=None):
        """The fields of a reading, without those that have no value now.

        now_s: of a clock that runs on in sleep.  echo_mm, probe_mm: levels, tips: of the rain gauge since it
        was switched on, velocity_mmps: at the surface; each None from a part that failed.
        """
        passed_s = now_s - self._read_s
        if not 0 <= passed_s <= MEMORY_S:  # first reading, or the clock was set
            self._level = self._base = self._rise = self._tips = NONE
            self._minutes = bytearray(MINUTES)
            self._read_s = now_s
            passed_s = 0
        self._is_blind = tips is None
        rain = self._rain(now_s // 60 - self._read_s // 60, tips)
        self._read_s = now_s
        known_s = now_s - self._base_s  # for so long the last level, or a little longer
        level = self._fuse(echo_mm, probe_mm, known_s, tips is None or any(self._minutes))
        fields = {}
        if level is not None:
            self._level = level
            self._follow_rise(level, now_s)
            self._stage = stage(level, self._stage, self._stages, self._hysteresis_mm)
            fields = {"level_mm": level, "elevation_mm": level + self._datum_mm, "stage_code": self._stage}
            if self._rise != NONE:
                fields["rise_mmph"] = self._rise
            if self._section and velocity_mmps is not None:
                fields["flow_lps"] = flow(self._section, level, velocity_mmps, self._velocity_permil)
            elif self._rating:
                fields["flow_lps"] = interpolate(self._rating, level)
        if None not in (echo_mm, probe_mm):
            fields["difference_mm"] = max(echo_mm, 0) - max(probe_mm, 0)
        for name in rain:
            fields[name] = rain[name] * tip_um
        is_high = level is not None and (self._stage or self._moves())  # what is not seen may last for ever
        if is_high or sum(self._minutes) >= self.wet_tips:
            self._vigilant_s = self._calm_s
        else:
            self._vigilant_s = max(0, self._vigilant_s - passed_s)
        return fields

    def _fuse(self, echo_mm, probe_mm, known_s, may_rain):
        """One level.  Of two that do not agree, the one that water can have reached since the last reading.

        A web before the ultrasonic sensor is an echo that was not there before; a probe that hangs dry or in
        silt stays where it was.  Water can have done either: then rain decides for the higher level, to be
        on the safe side, and else the probe is right.
        """
        if echo_mm is None or probe_mm is None:
            return probe_mm if echo_mm is None else echo_mm
        if abs(max(echo_mm, 0) - max(probe_mm, 0)) <= self._tolerance_mm:
            return (echo_mm + probe_mm) // 2
        reach_mm = self._tolerance_mm + RUSH_MM_PER_MIN * known_s // 60
        if self._level == NONE or abs(echo_mm - self._level) > reach_mm:
            return probe_mm
        if abs(probe_mm - self._level) > reach_mm:
            return echo_mm
        return max(echo_mm, probe_mm) if may_rain else probe_mm

    def _follow_rise(self, level, now_s):
        if self._base != NONE:
            passed_s = now_s - self._base_s
            if passed_s < RISE_S:
                return
            self._rise = (level - self._base) * 3600 // passed_s
        self._base, self._base_s = level, now_s

    def _moves(self):
        return self._rise != NONE and abs(self._rise) >= self._rise_mmph

    def _rain(self, minutes, tips):
        """The fields, in tips.  Those since the gauge last answered were even over the minutes since then."""
        kept = self._minutes = (self._minutes + bytes(minutes))[-MINUTES:]
        minutes += self._silent
        self._silent = 0
        if tips is None:
            self._silent = min(minutes, 255)
            return {}
        new = 0 if self._tips == NONE else tips - self._tips
        if new < 0:  # its supply had failed
            new = tips
        self._tips = tips
        over = max(1, minutes)
        for i in range(min(over, MINUTES)):  # from now back
            share = new * (i + 1) // over - new * i // over
            kept[-1 - i] = min(255, kept[-1 - i] + share)
        five, ten, hour = [sum(kept[-count:]) * 60 // count for count in (5, 10, 60)]
        return {"rain_um": tips, "rain5_umph": five, "rain10_umph": ten, "rain60_umph": hour}


def stage(level, before, thresholds, hysteresis):
    """How many thresholds the level has reached; `before`: that many, until it is below by the hysteresis."""
    reached = 0
    for i in range(len(thresholds)):
        if level >= thresholds[i] - (hysteresis if i < before else 0):
            reached = i + 1
    return reached

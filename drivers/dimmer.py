"""A lamp's 0-10 V dimming input, driven by a PWM output through a filter and amplifier.

LED drivers hold their lowest level when the input is low but not zero, usually below 1 V.  Asking
for less would be answered by that level anyway, so the dimmer says what the lamp really does.
"""

FULL_DUTY = 65535


class Dimmer:
    """`pwm` has machine.PWM's `duty_u16`; full duty must give 10 V on this board.

    `min_percent` is the lamp's lowest stable level.  The constructor drives `initial_percent`.
    """

    def __init__(self, pwm, min_percent=10, initial_percent=0):
        _check_percent(min_percent)
        self._pwm = pwm
        self._min_percent = min_percent
        self.set(initial_percent)

    def set(self, percent):
        """Dim to a whole `percent`: 0 is off, less than the minimum is the minimum; ValueError past 0-100."""
        _check_percent(percent)
        if percent:
            percent = max(percent, self._min_percent)
        self._pwm.duty_u16((percent * FULL_DUTY + 50) // 100)
        self.level_percent = percent

    async def read(self):
        """`{"level_percent": ...}`: what was last set, clipped; a 0-10 V input tells nothing back."""
        return {"level_percent": self.level_percent}


def _check_percent(percent):
    if not isinstance(percent, int) or not 0 <= percent <= 100:
        raise ValueError(f"dimming level {percent} is not a whole percentage")

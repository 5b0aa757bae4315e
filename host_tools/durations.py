"""Times as people write them: 90s, 30m, 2h, 1d, or 1h30m."""

import re

UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}
PATTERN = re.compile(r"([0-9]{1,7}[smhd])+")


def parse_duration(text: str) -> int:
    """Seconds; ValueError for what is no duration."""
    if not PATTERN.fullmatch(text):
        raise ValueError(f"{text!r} is no duration")
    return sum(int(part[:-1]) * UNITS_S[part[-1]] for part in re.findall(r"[0-9]+[smhd]", text))


def show_duration(seconds: float) -> str:
    """As 1h30m05s, or 12.5s."""
    whole = int(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    if hours:
        return f"{hours}h{minutes:02}m{whole % 60:02}s"
    return f"{minutes}m{whole % 60:02}s" if minutes else f"{seconds:g}s"

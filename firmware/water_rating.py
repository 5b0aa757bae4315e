"""From level to flow: by the rating table that was made of a site, or by its cross-section and the velocity.

Some products are beyond 31 bits, and MicroPython allocates for them: a few, for a moment, at each reading.
"""


def interpolate(table, level):
    """table: (level, flow) each, by rising level.  Straight between them, and level beyond the ends."""
    if level <= table[0][0]:
        return table[0][1]
    for i in range(1, len(table)):
        low, high = table[i - 1], table[i]
        if level <= high[0]:
            return low[1] + (high[1] - low[1]) * (level - low[0]) // (high[0] - low[0])
    return table[-1][1]


def flow(section, level, velocity_mmps, permil):
    """l/s through the wetted area, at a mean velocity of so many `permil` of the surface's (ISO 748).

    section: (level, width) in mm each, by rising level: straight banks between them, and walls above them.
    It stays below 2^30 up to 60 m deep, 200 m wide and 65 m/s.
    """
    twice = 0  # the area
    for i in range(1, len(section)):
        (low, width), (high, upper) = section[i - 1], section[i]
        depth, span = level - low, high - low
        if depth >= span:
            twice += span * (width + upper)
        elif depth > 0:
            twice += depth * (2 * width * span + (upper - width) * depth) // span
    top, width = section[-1]
    twice += 2 * max(0, level - top) * width
    return twice * velocity_mmps * permil // 2_000_000_000

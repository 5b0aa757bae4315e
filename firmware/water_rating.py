"""From level to flow, by the rating table that was made of a site's cross-section."""


def interpolate(table, level):
    """table: (level, flow) each, by rising level.  Straight between them, and level beyond the ends."""
    if level <= table[0][0]:
        return table[0][1]
    for i in range(1, len(table)):
        low, high = table[i - 1], table[i]
        if level <= high[0]:
            return low[1] + (high[1] - low[1]) * (level - low[0]) // (high[0] - low[0])
    return table[-1][1]

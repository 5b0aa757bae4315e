"""What both ends of a packed report agree on (docs/messages.md, "Packed reports")."""

MAX_REPORTS = 64  # in one message
MAX_POINTS = 255  # in one table
MAX_COUNTER = (1 << 30) - 1  # of sequence numbers and times; a larger integer allocates on the node
MAX_VALUE = (1 << 29) - 1  # either sign, so that a difference of two values is no larger than a counter

# Widths in bits.
SCHEMA_BITS = 24
COUNT_BITS = 6  # of reports, less one
POINTS_BITS = 8
LENGTH_BITS = 5  # in front of a number: how many bits it has
CODE_BITS = 5  # how the offsets of a column are coded: 0 there are none, else the Rice parameter plus one
MAX_CODE = 30

# Columns before those of the table's points.
SEQUENCE, TIME, POINTS = 0, 1, 2

"""Which requests were seen already: the replay window (RFC 8613 sections 3.2.2 and 7.4)."""

SIZE = 32


class ReplayWindow:
    """The greatest number seen (-1: none yet), and which of the `SIZE` numbers that end with it were.

    Bit i of `seen` stands for the number `top - i`.  What is below the window counts as seen.
    """

    def __init__(self, top=-1, seen=0):
        self.top = top
        self.seen = seen

    def is_new(self, number):
        age = self.top - number
        return age < 0 or (age < SIZE and not self.seen >> age & 1)

    def mark(self, number):
        """`number` is new, and its message was verified."""
        if number > self.top:
            shift = min(number - self.top, SIZE)
            self.seen = self.seen << shift & (1 << SIZE) - 1
            self.top = number
        self.seen |= 1 << self.top - number


def starting_at(number):
    """The window after `number`, with all below it counted as seen (Appendix B.1.2)."""
    return ReplayWindow(number, (1 << SIZE) - 1)

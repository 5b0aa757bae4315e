"""A contactor whose auxiliary contact tells whether it really has switched.

What the contact says is compared with the command only after the armature has had time to move.
"""

from protocols.compat import sleep_ms, ticks_add, ticks_diff, ticks_ms

FLICKER_EDGES = 2  # a contact that opens and closes again has made so many


class Contactor:
    """`coil` and `feedback` are pins; a high coil pin pulls the contactor in.

    `settle_ms`: armatures take tens of milliseconds; the contacts of large contactors bounce for as
    long again.  `closed_level`: what the feedback pin reads while the auxiliary contact is closed; 0 is
    a contact to ground and a pull-up.  The constructor drives `initial_on`.
    """

    def __init__(self, coil, feedback, settle_ms=500, closed_level=0, initial_on=False):
        self._coil = coil
        self._feedback = feedback
        self._settle_ms = settle_ms
        self._closed_level = closed_level
        self._edges = 0
        self._switch(initial_on)
        coil.init(coil.OUT)
        feedback.init(feedback.IN, None if closed_level else feedback.PULL_UP)
        feedback.irq(self._edge, feedback.IRQ_RISING | feedback.IRQ_FALLING)

    def set(self, percent):
        """Pull in above 0, let go at 0.  What is as it was commanded before keeps its time to settle."""
        if (percent > 0) != self.is_on:
            self._switch(percent > 0)

    async def read(self):
        """`is_on` (as commanded), `is_closed` (as the contact says), and what is wrong, all 0 or 1.

        `is_welded`: closed though off.  `is_stuck_open`: open though on (coil, fuse or a local switch).
        `is_flickering`: since the last reading the contact has moved without a command.  Waits until the
        contactor has settled.
        """
        while left_ms := self._left_ms():
            await sleep_ms(left_ms)
        edges, self._edges = self._edges, 0
        is_closed = self._feedback.value() == self._closed_level
        return {
            "is_on": int(self.is_on),
            "is_closed": int(is_closed),
            "is_welded": int(is_closed and not self.is_on),
            "is_stuck_open": int(self.is_on and not is_closed),
            "is_flickering": int(edges >= FLICKER_EDGES),
        }

    def _switch(self, on):
        self.is_on = on
        self._coil.value(int(on))
        self._settled_ms = ticks_add(ticks_ms(), self._settle_ms)

    def _edge(self, _pin):
        if not self._left_ms():  # before, it is the switching
            self._edges += 1

    def _left_ms(self):
        """Until it has settled.  The tick count is forgotten then: it means something else days later."""
        if self._settled_ms is None:
            return 0
        left_ms = ticks_diff(self._settled_ms, ticks_ms())
        if left_ms <= 0:
            self._settled_ms = None
        return max(left_ms, 0)

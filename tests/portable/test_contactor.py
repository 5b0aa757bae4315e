"""The contactor and the contact input on pins whose levels the test gives, on the test's own clock."""

from drivers import contact_input, contactor
from drivers.contact_input import ContactInput
from drivers.contactor import Contactor
from tests.portable.check import run
from tests.portable.fake_bus import FakePin

OPEN, CLOSED = 1, 0


class Clock:
    """Stands in for `protocols.compat` in the drivers."""

    def __init__(self):
        self.now_ms = 0

    async def sleep_ms(self, delay_ms):
        self.now_ms += delay_ms

    def ticks_ms(self):
        return self.now_ms % (1 << 30)

    def on_this_clock(self, function):
        real = contactor.sleep_ms, contactor.ticks_ms, contact_input.sleep_ms
        contactor.sleep_ms = contact_input.sleep_ms = self.sleep_ms
        contactor.ticks_ms = self.ticks_ms
        try:
            return function()
        finally:
            contactor.sleep_ms, contactor.ticks_ms, contact_input.sleep_ms = real


def faults(reading):
    return [name for name in ("is_welded", "is_stuck_open", "is_flickering") if reading[name]]


def test_switching_and_what_the_contact_says():
    clock = Clock()

    def test():
        coil, feedback = FakePin(0), FakePin(OPEN)
        made = Contactor(coil, feedback)
        assert coil.written == [0]
        assert coil.modes == [(FakePin.OUT,)] and feedback.modes == [(FakePin.IN, FakePin.PULL_UP)]
        reading = run(made.read())
        assert clock.now_ms == 500
        assert (reading["is_on"], reading["is_closed"], faults(reading)) == (0, 0, [])
        made.set(100)
        feedback.levels = [CLOSED]
        reading = run(made.read())
        assert clock.now_ms == 1000
        assert coil.written == [0, 1]
        assert (reading["is_on"], reading["is_closed"], faults(reading)) == (1, 1, [])
        made.set(1)
        run(made.read())
        assert clock.now_ms == 1000 and coil.written == [0, 1]
        made.set(0)
        assert coil.written == [0, 1, 0]

    clock.on_this_clock(test)


def test_mismatches():
    def test():
        assert faults(run(Contactor(FakePin(0), FakePin(CLOSED)).read())) == ["is_welded"]
        assert faults(run(Contactor(FakePin(0), FakePin(OPEN), initial_on=True).read())) == ["is_stuck_open"]
        other_level = Contactor(FakePin(0), FakePin(1), closed_level=1, initial_on=True)
        assert faults(run(other_level.read())) == []

    Clock().on_this_clock(test)


def test_bounces_of_switching_are_no_flicker():
    clock = Clock()

    def test():
        feedback = FakePin(CLOSED)
        made = Contactor(FakePin(0), feedback, initial_on=True)
        for _ in range(9):
            feedback.handler(feedback)
        assert faults(run(made.read())) == []
        feedback.handler(feedback)
        assert faults(run(made.read())) == []  # one edge: it has gone to another state, which is told
        for _ in range(2):
            feedback.handler(feedback)
        assert faults(run(made.read())) == ["is_flickering"]
        assert faults(run(made.read())) == []

    clock.on_this_clock(test)


def test_a_reading_days_after_the_switching_does_not_wait():
    clock = Clock()

    def test():
        made = Contactor(FakePin(0), FakePin(OPEN))
        run(made.read())
        clock.now_ms += (1 << 29) + 1000  # the ticks' sign has turned
        before_ms = clock.now_ms
        run(made.read())
        assert clock.now_ms == before_ms

    clock.on_this_clock(test)


def test_contact_input():
    clock = Clock()

    def test():
        for levels, active in (((0, 0), 0), ((1, 1), 1), ((0, 1, 0, 1, 1), 1), ((1, 0, 1, 0, 0), 0)):
            assert run(ContactInput(FakePin(*levels)).read()) == {"is_active": active}
        assert run(ContactInput(FakePin(0, 0), active_level=0).read()) == {"is_active": 1}
        clock.now_ms = 0
        run(ContactInput(FakePin(*[i & 1 for i in range(100)])).read())
        assert clock.now_ms == 1000  # one that never comes to rest does not hold up the node

    clock.on_this_clock(test)

"""Gas modules on scripted buses."""

from drivers.gas_module import CarbonMonoxideModule, HydrogenSulphideModule, OxygenModule, checksum
from drivers.mh440d import MH440D
from protocols.errors import BusError
from tests.portable.check import raises, run

QUERY = b"\xff\x01\x86\x00\x00\x00\x00\x00\x79"


class FakeI2c:
    """Answers one after the other; None is a missing acknowledge."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.written = []

    def writeto_mem(self, address, register, data):
        self.written.append((address, register, data))

    def readfrom_mem(self, address, register, count):
        answer = self.answers.pop(0)
        if answer is None:
            raise OSError(19)
        return answer[:count]


def answer(count, gas, decimals):
    frame = bytes((0xFF, 0x86, count >> 8, count & 0xFF, gas, decimals, 0x0B, 0xA0))
    return frame + bytes((checksum(frame),))


def read(make, *answers):
    return run(make(FakeI2c(*answers), 0x74).read())


def test_the_checksum_of_the_makers_query():
    assert checksum(QUERY) == QUERY[8]


def test_concentrations():
    assert read(OxygenModule, answer(209, 5, 1)) == {"o2_permil": 209}
    assert read(CarbonMonoxideModule, answer(300, 4, 0)) == {"co_ppm": 300}
    assert read(CarbonMonoxideModule, answer(305, 4, 1)) == {"co_ppm": 30}
    assert read(HydrogenSulphideModule, answer(105, 3, 1)) == {"h2s_ppb": 10_500}


def test_the_query_goes_to_register_0():
    i2c = FakeI2c(answer(1, 4, 0))
    run(CarbonMonoxideModule(i2c, 0x75).read())
    assert i2c.written == [(0x75, 0, QUERY)]


def test_it_is_asked_again():
    good = answer(7, 4, 0)
    for at in range(9):
        bad = good[:at] + bytes((good[at] ^ 0x10,)) + good[at + 1 :]
        assert read(CarbonMonoxideModule, None, bad, good) == {"co_ppm": 7}
    assert "0x74" in str(raises(BusError, read, CarbonMonoxideModule, None, None, None))


def test_a_module_for_another_gas():
    assert "0x03" in str(raises(BusError, read, CarbonMonoxideModule, answer(1, 3, 0)))


def methane(millivolts):
    count = millivolts * 8
    return run(MH440D(FakeI2c(b"\x85\x83", bytes((count >> 8, count & 0xFF)))).read())


def test_methane():
    assert methane(400) == {"ch4_ppm": 0}
    assert methane(1200) == {"ch4_ppm": 25_000}
    assert methane(2000) == {"ch4_ppm": 50_000}
    assert methane(390)["ch4_ppm"] < 0
    raises(BusError, methane, 0)

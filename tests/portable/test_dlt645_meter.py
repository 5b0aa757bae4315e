"""The meter's driver and its line's master on a bus with scripted answers."""

from drivers.dlt645_master import Dlt645Master
from drivers.dlt645_meter import Dlt645Meter
from protocols import dlt645
from protocols.errors import BusError
from tests.portable.check import raises, run
from tests.portable.fake_bus import FakeSerial

NUMBER = "202501234567"
BLOCKS = (  # identifier, digits with the lowest pair first
    (0x0201FF00, "032212229821"),
    (0x0202FF00, "452301006080000000"),
    (0x0203FF00, "567102563400001280000000"),
    (0x0206FF00, "8509850900100080"),
    (0x00010000, "56341200"),
)
READING = {
    "voltage_a_mv": 220300,
    "voltage_b_mv": 221200,
    "voltage_c_mv": 219800,
    "current_a_ma": 12345,
    "current_b_ma": -6000,
    "current_c_ma": 0,
    "power_a_mw": 345600,
    "power_b_mw": -120000,
    "power_c_mw": 0,
    "power_mw": 2715600,
    "power_factor_permil": 985,
    "energy_wh": 1234560,
}


def answer(identifier, digits, control=0x91):
    low_first = bytes([identifier >> shift & 0xFF for shift in (0, 8, 16, 24)])
    data = bytes.fromhex(digits)
    return b"\xfe\xfe" + dlt645.frame(dlt645.address_bytes(NUMBER), control, low_first + data)


ANSWERS = [answer(identifier, digits) for identifier, digits in BLOCKS]


def meter(bus):
    return Dlt645Meter(Dlt645Master(bus), NUMBER)


def test_reading():
    bus = FakeSerial(*ANSWERS)
    assert run(meter(bus).read()) == READING
    assert bus.written == [dlt645.read_request(NUMBER, identifier) for identifier, _ in BLOCKS]


def test_a_broken_answer_is_asked_for_again():
    for broken in (b"", ANSWERS[0][:-1], ANSWERS[0][:-2] + b"\0\x16", b"\x68" * 100, b"\x00" * 300):
        bus = FakeSerial(broken, *ANSWERS)
        assert run(meter(bus).read()) == READING
        assert len(bus.written) == len(BLOCKS) + 1


def test_gives_up_after_its_attempts():
    bus = FakeSerial()
    assert NUMBER + ": no answer" in str(raises(BusError, run, meter(bus).read()))
    assert len(bus.written) == 2


def test_a_refusal_is_not_repeated():
    bus = FakeSerial(dlt645.frame(dlt645.address_bytes(NUMBER), 0xD1, b"\x02"))
    assert raises(dlt645.Dlt645Error, run, meter(bus).read()).code == 2
    assert len(bus.written) == 1


def test_a_meter_with_other_than_three_phases():
    bus = FakeSerial(answer(0x0201FF00, "0322"))
    assert "2 bytes of 0201ff00" in str(raises(BusError, run, meter(bus).read()))
    bus = FakeSerial(answer(0x0201FF00, "0322ffffffff"))
    raises(BusError, run, meter(bus).read())


def test_an_answer_in_three_frames():
    parts = (answer(0x0201FF00, "0322", 0xB1), answer(0x0201FF00, "122201", 0xB2))
    bus = FakeSerial(*parts, answer(0x0201FF00, "982102", 0x92), *ANSWERS[1:])
    assert run(meter(bus).read()) == READING
    assert bus.written[2] == dlt645.read_more_request(NUMBER, 0x0201FF00, 2)

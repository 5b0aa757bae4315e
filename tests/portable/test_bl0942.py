"""BL0942 on a UART with scripted packets."""

from drivers.bl0942_uart import BL0942Uart
from protocols.errors import BusError
from tests.portable.check import load, raises, run
from tests.portable.fake_bus import FakeSerial

VECTOR = load("bl0942.json")
PACKET = bytes.fromhex(VECTOR["packet"])
FIELDS = ("voltage_mv", "current_ma", "power_mw", "energy_wh", "frequency_mhz")
READING = {name: VECTOR[name] for name in FIELDS}
SPOILT = PACKET[:-1] + bytes((PACKET[-1] ^ 1,))


def packet(watt=0, cf_cnt=0, freq=20000, address=0):
    def low_first(value, length):
        return bytes([value >> 8 * i & 0xFF for i in range(length)])

    body = b"\x55" + bytes(9) + low_first(watt, 3) + low_first(cf_cnt, 3) + low_first(freq, 2) + bytes(4)
    return body + bytes((~(0x58 + address + sum(body)) & 0xFF,))


def energies(*cf_cnts):
    """`energy_wh` after each of the counter's values, as one driver sees them."""
    bus = FakeSerial(*[packet(cf_cnt=cf_cnt) for cf_cnt in cf_cnts])

    async def main():
        meter = BL0942Uart(bus)
        seen = []
        for _ in cf_cnts:
            seen.append((await meter.read())["energy_wh"])
        return seen

    return run(main())


def test_reading():
    bus = FakeSerial(PACKET)
    assert run(BL0942Uart(bus).read()) == READING
    assert bus.written == [b"\x58\xaa"]


def test_address():
    bus = FakeSerial(packet(address=3))
    run(BL0942Uart(bus, address=3).read())
    assert bus.written == [b"\x5b\xaa"]
    raises(ValueError, BL0942Uart, bus, 4)


def test_scale_of_another_board():
    """Twice the shunt halves current and power; half the lower resistor about doubles the voltage."""
    reading = run(BL0942Uart(FakeSerial(PACKET), shunt_uohm=2000).read())
    assert (reading["current_ma"], reading["power_mw"]) == (250, 52500)
    assert run(BL0942Uart(FakeSerial(PACKET), lower_ohm=255).read())["voltage_mv"] == 439_942


def test_power_flowing_back_is_negative():
    assert run(BL0942Uart(FakeSerial(packet(watt=0x1000000 - 0xFFB0))).read())["power_mw"] == -104_999


def test_no_mains_no_frequency():
    assert run(BL0942Uart(FakeSerial(packet(freq=0))).read())["frequency_mhz"] == 0


def test_energy_keeps_the_remainder():
    """One pulse is 0.18689 Wh: rounded at each reading, single pulses would all be lost."""
    assert energies(0, 1, 5, 6, 100) == [0, 0, 0, 1, 18]
    assert energies(*range(0, 1001, 7))[-1] == energies(994)[0] == 185


def test_energy_over_the_counter_wrap():
    assert energies(0xFFFFF0, 0xFFFFFF, 0x10) == [3135554, 3135557, 3135560]


def test_energy_goes_on_when_the_meter_restarts():
    assert energies(1_000_000, 100, 200) == [186_893, 186_912, 186_931]


def test_packet_behind_noise():
    for noise in (b"\0", b"\x55", b"\x55\x55\x55", b"\xaa\x55\x00\x58", b"\x01" * 22):
        bus = FakeSerial(noise + PACKET)
        assert run(BL0942Uart(bus).read()) == READING
        assert len(bus.written) == 1


def test_stale_bytes_are_dropped_first():
    assert run(BL0942Uart(FakeSerial(PACKET, unread=packet(cf_cnt=5))).read()) == READING


def test_a_broken_packet_is_asked_for_again():
    for broken in [PACKET[:length] for length in range(len(PACKET))] + [SPOILT, b"\0" * 600, b"\x55" * 600]:
        bus = FakeSerial(broken, PACKET)
        assert run(BL0942Uart(bus).read()) == READING
        assert bus.written == [b"\x58\xaa"] * 2


def test_gives_up_after_two_attempts():
    for broken in (b"", SPOILT, b"\0" * 600):
        bus = FakeSerial(broken, broken, PACKET)
        meter = BL0942Uart(bus)
        raises(BusError, run, meter.read())
        assert len(bus.written) == 2
        assert run(meter.read()) == READING


def test_every_flipped_bit_is_noticed():
    for position in range(len(PACKET)):
        spoilt = bytearray(PACKET)
        spoilt[position] ^= 0x04
        raises(BusError, run, BL0942Uart(FakeSerial(bytes(spoilt), b"")).read())

"""BL0942 on SPI: registers one by one, from a part that may lose count of its bits."""

from drivers.bl0942_spi import BL0942Spi
from protocols.errors import BusError
from tests.portable.check import load, raises, run

VECTOR = load("bl0942.json")
PACKET = bytes.fromhex(VECTOR["packet"])
FIELDS = ("voltage_mv", "current_ma", "power_mw", "energy_wh", "frequency_mhz")
READING = {name: VECTOR[name] for name in FIELDS}
# Register -> its value, from where it stands in the UART's packet, low byte first.
REGISTERS = {3: PACKET[1:4], 4: PACKET[4:7], 6: PACKET[10:13], 7: PACKET[13:16], 8: PACKET[16:18] + b"\0"}
RESET = b"\xff" * 6


class FakeSpi:
    """A part with REGISTERS; `spoil` answers have a wrong bit, `lost`: it needs a reset."""

    def __init__(self, spoil=0, lost=False):
        self.spoil = spoil
        self.lost = lost
        self.resets = 0

    def transfer(self, data):
        if bytes(data) == RESET:
            self.lost = False
            self.resets += 1
            return RESET
        assert data[0] == 0x58 and data[2:] == bytes(4)
        if self.lost:
            return RESET
        low, middle, high = REGISTERS[data[1]]
        answer = bytes((high, middle, low, ~(0x58 + data[1] + low + middle + high) & 0xFF))
        if self.spoil:
            self.spoil -= 1
            answer = answer[:2] + bytes((answer[2] ^ 1,)) + answer[3:]
        return b"\xff\xff" + answer


def test_reading():
    bus = FakeSpi()
    assert run(BL0942Spi(bus).read()) == READING
    assert bus.resets == 0


def test_a_wrong_checksum_is_read_again_after_a_reset_of_the_interface():
    for bus in (FakeSpi(spoil=1), FakeSpi(lost=True)):
        assert run(BL0942Spi(bus).read()) == READING
        assert bus.resets == 1


def test_gives_up_after_two_attempts():
    bus = FakeSpi(spoil=2)
    assert "register 0x03" in str(raises(BusError, run, BL0942Spi(bus).read()))
    assert run(BL0942Spi(bus).read()) == READING


class NoPart:
    def __init__(self, level):
        self._level = level

    def transfer(self, data):
        return bytes((self._level,)) * len(data)


def test_no_part_is_no_reading():
    for level in (0, 0xFF):
        raises(BusError, run, BL0942Spi(NoPart(level)).read())

"""The bootloader's protocol, byte by byte; the tests with esptool itself are in test_esptool.py."""

import hashlib
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host_tools.chips import chips
from host_tools.images.esp_image import xor_checksum
from host_tools.simulator.bootloader import RomBootloader, slip
from host_tools.simulator.bootloader.packets import SYNC_DATA, Op
from host_tools.simulator.flash import NorFlash

MAC = bytes.fromhex("02cafe000001")
SIZE = 1 << 20


class Host:
    """Speaks to a bootloader without a line between them."""

    def __init__(self, chip_name: str = "esp32s3", attached: bool = True):
        self.chip = chips()[chip_name]
        self.flash = NorFlash(SIZE)
        self.sent: list[bytes] = []
        self.left = 0
        self.rom = RomBootloader(self.chip, MAC, self.flash, self._collect, leave=self._leave)
        self._decoder = slip.Decoder()
        if attached:
            assert self.command(Op.SPI_ATTACH, bytes(8)) == [(Op.SPI_ATTACH, 0x55201207, bytes(4))]

    def _collect(self, data: bytes) -> None:
        self.sent += self._decoder.feed(data)

    def _leave(self) -> None:
        self.left += 1

    def packet(self, packet: bytes) -> list[bytes]:
        self.sent.clear()
        self.rom.receive(slip.encode(packet))
        return list(self.sent)

    def command(self, op: int, data: bytes = b"", checksum: int = 0) -> list[tuple[int, int, bytes]]:
        """The answers as (command, value, data with status)."""
        answers = self.packet(struct.pack("<BBHI", 0, op, len(data), checksum) + data)
        for answer in answers:
            assert answer[0] == 1
            assert struct.unpack_from("<H", answer, 2) == (len(answer) - 8,)
        return [(answer[1], struct.unpack_from("<I", answer, 4)[0], answer[8:]) for answer in answers]

    def words(self, op: int, *words: int) -> bytes:
        """The data and status of the one answer to a command made of words."""
        ((answered, _value, data),) = self.command(op, struct.pack(f"<{len(words)}I", *words))
        assert answered == op
        return data

    def block(self, op: int, sequence: int, content: bytes, checksum: int | None = None) -> bytes:
        header = struct.pack("<IIII", len(content), sequence, 0, 0)
        checksum = xor_checksum(content) if checksum is None else checksum
        ((_op, _value, data),) = self.command(op, header + content, checksum)
        return data

    def start_stub(self) -> "Host":
        text, start = bytes(64), self.chip.iram.start
        assert self.words(Op.MEM_BEGIN, len(text), 1, len(text), start) == bytes(4)
        assert self.block(Op.MEM_DATA, 0, text) == bytes(4)
        answers = self.packet(struct.pack("<BBHIII", 0, Op.MEM_END, 8, 0, 0, start + 8))
        assert answers[-1] == b"OHAI"
        return self


OK_ROM, OK_STUB = bytes(4), bytes(2)


def rom_error(code: int) -> bytes:
    return bytes([1, code, 0, 0])


# SLIP


@given(st.lists(st.binary(min_size=1)), st.integers(1, 7))
def test_slip_round_trip_in_pieces(sent, piece):
    stream = b"noise" + b"".join(map(slip.encode, sent))
    decoder = slip.Decoder()
    received = [
        packet for i in range(0, len(stream), piece) for packet in decoder.feed(stream[i : i + piece])
    ]
    assert received == sent


def test_slip_escapes():
    assert slip.encode(b"\x01\xc0\xdb\x02") == b"\xc0\x01\xdb\xdc\xdb\xdd\x02\xc0"


def test_slip_drops_a_broken_frame_and_goes_on():
    decoder = slip.Decoder()
    assert decoder.feed(b"\xc0a\xdbb\xc0" + slip.encode(b"good")) == [b"good"]
    assert decoder.feed(b"\xc0\xc0\xc0" + slip.encode(b"good")) == [b"good"]


# ROM


def test_sync_is_answered_eight_times_as_by_a_real_chip():
    host = Host(attached=False)
    host.rom.receive(slip.encode(struct.pack("<BBHI", 0, Op.SYNC, 36, 0) + SYNC_DATA))
    assert [packet.hex() for packet in host.sent] == ["010804000712205500000000"] * 8


def test_read_reg_value_stays_in_later_answers():
    host = Host("esp32")
    assert host.command(Op.READ_REG, struct.pack("<I", 0x40001000)) == [(Op.READ_REG, 0x00F01D83, OK_ROM)]
    assert host.command(Op.CHANGE_BAUDRATE, bytes(8)) == [(Op.CHANGE_BAUDRATE, 0x00F01D83, OK_ROM)]


def test_write_reg_honours_the_mask():
    host = Host()
    assert host.words(Op.WRITE_REG, 0x60000000, 0xFFFF1234, 0x0000FFFF, 0) == OK_ROM
    assert host.words(Op.WRITE_REG, 0x60000000, 0x0056FFFF, 0x00FF0000, 0) == OK_ROM
    assert host.command(Op.READ_REG, struct.pack("<I", 0x60000000))[0][1] == 0x00561234


def test_security_info():
    host = Host()
    ((_op, _value, data),) = host.command(Op.GET_SECURITY_INFO)
    assert data == bytes(12) + struct.pack("<II", 9, 0) + OK_ROM


def test_the_first_rom_does_not_know_security_info():
    answers = Host("esp32").command(Op.GET_SECURITY_INFO)
    assert len(answers) == 8
    assert all(op != Op.GET_SECURITY_INFO and data == rom_error(0x05) for op, _value, data in answers)


def test_repeated_answers_come_in_one_piece():
    pieces = []
    rom = RomBootloader(chips()["esp32"], MAC, NorFlash(SIZE), pieces.append)
    rom.receive(slip.encode(struct.pack("<BBHI", 0, Op.GET_SECURITY_INFO, 0, 0)))
    assert [len(slip.Decoder().feed(piece)) for piece in pieces] == [8]


@pytest.mark.parametrize("op", [Op.ERASE_FLASH, Op.ERASE_REGION, Op.READ_FLASH, 0x77])
def test_the_rom_does_not_know_the_stubs_commands(op):
    assert {data for _op, _value, data in Host().command(op)} == {rom_error(0x05)}


@pytest.mark.parametrize("op", [Op.READ_REG, Op.MEM_BEGIN, Op.FLASH_BEGIN, Op.SPI_FLASH_MD5, Op.FLASH_DATA])
def test_wrong_lengths_are_invalid_messages(op):
    assert Host().words(op, *[0] * 3) == rom_error(0x05)


def test_packets_that_are_no_requests_are_ignored():
    host = Host()
    good = struct.pack("<BBHII", 0, Op.READ_REG, 4, 0, 0)
    for packet in (b"\x01" + good[1:], good[:-1], good + b"\0", good[:5]):
        assert host.packet(packet) == []
    assert len(host.packet(good)) == 1


def begin(host, op, length, offset):
    extended = [0] if host.chip.name != "esp32" else []
    return host.words(op, length, -(-length // 1024), 1024, offset, *extended)


def test_rom_write():
    host = Host()
    host.flash.program(0, bytes(0x6000))
    content = bytes(range(256)) * 6
    assert begin(host, Op.FLASH_BEGIN, len(content), 0x2000) == OK_ROM
    assert host.flash.read(0x2000, 0x1000) == b"\xff" * 0x1000  # erased up front
    assert host.block(Op.FLASH_DATA, 0, content[:1024]) == OK_ROM
    assert host.block(Op.FLASH_DATA, 1, content[1024:].ljust(1024, b"\xff")) == OK_ROM
    expected = bytes(0x2000) + content.ljust(0x1000, b"\xff") + bytes(0x3000)
    assert host.flash.read(0, 0x6000) == expected
    md5 = host.words(Op.SPI_FLASH_MD5, 0x2000, len(content), 0, 0)
    assert md5 == hashlib.md5(content).hexdigest().encode() + OK_ROM


def test_rom_compressed_write():
    host = Host("esp32")
    content = bytes(5000)
    packed = zlib.compress(content)
    assert begin(host, Op.FLASH_DEFL_BEGIN, 5120, 0x1000) == OK_ROM
    assert host.block(Op.FLASH_DEFL_DATA, 0, packed[:5]) == OK_ROM
    assert host.block(Op.FLASH_DEFL_DATA, 1, packed[5:]) == OK_ROM
    assert host.flash.read(0, 0x4000) == b"\xff" * 0x1000 + content + b"\xff" * (0x3000 - 5000)


def test_rom_refuses_bad_data():
    host = Host()
    assert host.block(Op.FLASH_DATA, 0, b"early") == rom_error(0x06)
    assert begin(host, Op.FLASH_DEFL_BEGIN, 1024, 0) == OK_ROM
    assert host.block(Op.FLASH_DEFL_DATA, 0, b"abcd", checksum=1) == rom_error(0x07)
    assert host.block(Op.FLASH_DEFL_DATA, 1, b"abcd") == rom_error(0x06)
    assert host.block(Op.FLASH_DEFL_DATA, 0, b"no zlib stream") == rom_error(0x0B)
    assert begin(host, Op.FLASH_DEFL_BEGIN, 1024, 0) == OK_ROM
    assert host.block(Op.FLASH_DEFL_DATA, 0, zlib.compress(bytes(2000))) == rom_error(0x06)
    assert host.flash.read(0, 2000) == b"\xff" * 2000


def test_rom_refuses_bad_places():
    host = Host()
    assert begin(host, Op.FLASH_BEGIN, 1024, 0x100) == rom_error(0x06)
    assert begin(host, Op.FLASH_BEGIN, 8192, SIZE - 4096) == rom_error(0x06)
    assert host.words(Op.SPI_FLASH_MD5, SIZE, 1, 0, 0) == rom_error(0x09)
    assert host.words(Op.MEM_BEGIN, 16, 1, 16, 0x20000000) == rom_error(0x0F)


def test_rom_has_no_flash_before_it_is_attached():
    host = Host(attached=False)
    assert begin(host, Op.FLASH_BEGIN, 1024, 0) == rom_error(0x06)
    assert host.words(Op.READ_FLASH_SLOW, 0, 16) == rom_error(0x09)


def test_slow_read_always_answers_64_bytes():
    host = Host()
    host.flash.program(0x100, b"hello")
    assert host.words(Op.READ_FLASH_SLOW, 0x100, 5) == b"hello".ljust(64, b"\0") + OK_ROM
    assert host.words(Op.READ_FLASH_SLOW, 0, 65) == rom_error(0x0A)


def test_flash_end_leaves_the_loader():
    host = Host()
    assert host.words(Op.FLASH_END, 1) == rom_error(0x06)
    assert begin(host, Op.FLASH_BEGIN, 0, 0) == OK_ROM
    assert host.words(Op.FLASH_END, 1) == OK_ROM
    assert host.left == 1
    assert host.command(Op.READ_REG, bytes(4)) == []
    host.rom.start()
    assert len(host.command(Op.READ_REG, bytes(4))) == 1
    assert host.left == 1


def test_code_outside_what_was_loaded_is_not_run():
    host = Host()
    assert host.words(Op.MEM_END, 0, host.chip.iram.start) == rom_error(0x06)
    assert host.words(Op.MEM_END, 1, 0) == OK_ROM


# Stub


def test_stub_answers_sync_with_zero():
    answers = Host().start_stub().command(Op.SYNC, SYNC_DATA)
    assert answers == [(Op.SYNC, 0, OK_STUB)] * 8


def test_stub_reports_a_write_error_with_the_next_command():
    host = Host().start_stub()
    assert host.words(Op.FLASH_DEFL_BEGIN, 1000, 1, 0x4000, 0, 0) == OK_STUB
    assert host.block(Op.FLASH_DEFL_DATA, 0, b"no zlib stream") == OK_STUB
    assert host.words(Op.SPI_FLASH_MD5, 0, 16, 0, 0) == b"\xc7\x00"
    assert host.words(Op.SPI_FLASH_MD5, 0, 16, 0, 0) == hashlib.md5(b"\xff" * 16).digest() + OK_STUB


def test_stub_write_erases_only_what_it_reaches():
    host = Host().start_stub()
    host.flash.program(0, bytes(0x4000))
    assert host.words(Op.FLASH_BEGIN, 0x3000, 1, 0x4000, 0x1010) == OK_STUB
    assert host.block(Op.FLASH_DATA, 0, b"\x55" * 0x800) == OK_STUB
    assert host.flash.read(0x1000, 0x2000) == b"\xff" * 16 + b"\x55" * 0x800 + b"\xff" * 0x7F0 + bytes(0x1000)
    assert host.words(Op.FLASH_END, 1) == b"\xc0\x00"  # 0x2800 bytes are missing


def test_stub_errors():
    host = Host().start_stub()
    assert host.words(0x77) == b"\xc3\x00"
    assert host.words(Op.READ_REG, 0, 0) == b"\xc0\x00"
    assert host.block(Op.FLASH_DATA, 0, b"abcd") == b"\xc6\x00"
    assert host.words(Op.FLASH_BEGIN, 4, 1, 4, 0) == OK_STUB
    assert host.block(Op.FLASH_DATA, 0, b"abcd", checksum=0) == b"\xc1\x00"
    assert host.words(Op.ERASE_REGION, 0, 100) == b"\xc0\x00"
    assert host.words(Op.ERASE_REGION, SIZE, 4096) == b"\xc4\x00"
    assert Host("esp32").start_stub().words(Op.GET_SECURITY_INFO) == b"\xff\x00"


def test_stub_read_waits_for_acknowledgements():
    host = Host().start_stub()
    content = bytes(range(250)) * 4
    host.flash.program(0, content)
    first = host.packet(struct.pack("<BBHIIIII", 0, Op.READ_FLASH, 16, 0, 0, 1000, 600, 64))
    assert first[1:] == [content[:600]]
    assert host.packet(struct.pack("<I", 600)) == [content[600:]]
    assert host.packet(struct.pack("<I", 1000)) == [hashlib.md5(content).digest()]
    assert host.words(Op.ERASE_FLASH) == OK_STUB
    assert host.flash.read(0, 1000) == b"\xff" * 1000


def test_a_reset_ends_the_stub():
    host = Host().start_stub()
    host.rom.start()
    assert host.command(Op.SYNC, SYNC_DATA)[0] == (Op.SYNC, 0x55201207, OK_ROM)

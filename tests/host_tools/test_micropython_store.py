import pytest

from host_tools.chips import chips
from host_tools.images import micropython
from host_tools.images.esp_image import ImageError, Segment, app_description, build_image
from host_tools.images.partitions import build_table, micropython_table
from host_tools.images.standin import standin_app, standin_bootloader

FLASH_SIZE = 4 << 20


def app_image(chip, project="micropython", text=b"MicroPython v1.27.0 on 2025-12-09\0"):
    segment = Segment(chip.drom.start + 0x20, app_description(project, "v1.26.9") + text)
    return build_image(chip, [segment], chip.iram.start, FLASH_SIZE)


def combined(chip, app):
    """Laid out as MicroPython's makeimg.py does it; official tables have no row for the file system."""
    image = standin_bootloader(chip, FLASH_SIZE).ljust(0x8000 - chip.bootloader_offset, b"\xff")
    image += build_table(micropython_table(FLASH_SIZE)[:-1])
    return image.ljust(0x10000 - chip.bootloader_offset, b"\xff") + app


def write(tmp_path, data, name="ESP32_GENERIC-20251209-v1.27.0.bin"):
    file = tmp_path / name
    file.write_bytes(data)
    return file


@pytest.mark.parametrize("name", chips())
def test_add_and_find(tmp_path, name):
    chip = chips()[name]
    app = app_image(chip)
    store = tmp_path / "store"
    record = micropython.add(write(tmp_path, combined(chip, app)), store)
    assert (record.chip, record.version) == (name, "1.27.0")
    assert record.file_name == "ESP32_GENERIC-20251209-v1.27.0.bin"
    assert micropython.find(name, store) == record
    assert [(offset, label) for offset, _data, label in record.parts()] == [
        (chip.bootloader_offset, "bootloader"),
        (0x8000, "partition table"),
        (0x10000, "MicroPython"),
    ]
    assert record.parts()[0][1] == standin_bootloader(chip, FLASH_SIZE)
    assert record.parts()[2][1] == app


def test_nothing_stored(tmp_path):
    assert micropython.find("esp32", tmp_path / "nowhere") is None


def test_a_changed_copy_is_noticed(tmp_path):
    chip = chips()["esp32"]
    record = micropython.add(write(tmp_path, combined(chip, app_image(chip))), tmp_path / "store")
    record.path.write_bytes(record.path.read_bytes() + b"\0")
    with pytest.raises(ImageError, match="has changed since it was added"):
        micropython.find("esp32", tmp_path / "store")


def test_a_damaged_record_is_noticed(tmp_path):
    chip = chips()["esp32"]
    record = micropython.add(write(tmp_path, combined(chip, app_image(chip))), tmp_path / "store")
    record.path.with_suffix(".json").write_text("{")
    with pytest.raises(ImageError, match=r"damaged.*add the image again"):
        micropython.find("esp32", tmp_path / "store")


@pytest.mark.parametrize("version", [b"1.22.2", b"0.9", b"9"])
def test_a_micropython_that_cannot_load_our_modules_is_refused(tmp_path, version):
    chip = chips()["esp32"]
    app = app_image(chip, text=b"MicroPython v" + version + b" on 2024-01-01\0")
    with pytest.raises(ImageError, match=r"1\.23 and later"):
        micropython.add(write(tmp_path, combined(chip, app)), tmp_path / "store")


def test_the_descriptor_serves_when_there_is_no_banner(tmp_path):
    chip = chips()["esp32c3"]
    record = micropython.add(write(tmp_path, combined(chip, app_image(chip, text=b""))), tmp_path / "store")
    assert record.version == "1.26.9"


S3 = chips()["esp32s3"]
GOOD = combined(S3, app_image(S3))


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"UF2\n" + bytes(1000), "not an ESP image.*wanted is the .bin"),
        (GOOD[:100], "cut off"),
        (GOOD[:0x8100], "ends before the partition table"),
        (GOOD[:-1], "cut off"),
        (app_image(S3), "an application without bootloader.*wanted is the .bin"),
        (combined(S3, standin_app(S3, "1.27.0", FLASH_SIZE)), "stand-in"),
        (standin_app(S3, "1.27.0", FLASH_SIZE), "stand-in"),
        (combined(S3, app_image(S3, project="hello_world", text=b"")), '"hello_world", not MicroPython'),
        (combined(S3, app_image(chips()["esp32"])), "for an ESP32, the chip is an ESP32-S3"),
        (GOOD[:0x8000] + b"\xff" * 0xC00 + GOOD[0x8C00:], "no application"),
        (GOOD[:0x8004] + b"\x01" + GOOD[0x8005:], "MD5"),
    ],
)
def test_files_that_are_refused(tmp_path, data, problem):
    with pytest.raises(ImageError, match=f"any.bin.*{problem}"):
        micropython.add(write(tmp_path, data, "any.bin"), tmp_path / "store")
    assert not (tmp_path / "store").exists()

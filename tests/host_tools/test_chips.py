import esptool

from host_tools.chips import chips


def test_the_facts_agree_with_esptool():
    assert list(chips()) == ["esp32", "esp32s3", "esp32c3"]
    for name, chip in chips().items():
        theirs = esptool.CHIP_DEFS[name]
        assert chip.title == theirs.CHIP_NAME
        assert chip.image_chip_id == theirs.IMAGE_CHIP_ID
        assert chip.bootloader_offset == theirs.BOOTLOADER_FLASH_OFFSET
        assert chip.drom.start == theirs.DROM_MAP_START
        assert chip.drom.stop == theirs.DROM_MAP_END


def test_pin_counts_are_the_datasheets():
    assert {name: len(chip.gpios) for name, chip in chips().items()} == {
        "esp32": 34,
        "esp32s3": 45,
        "esp32c3": 22,
    }


def test_pins_with_a_purpose_exist():
    for chip in chips().values():
        assert chip.input_only <= chip.gpios
        assert set(chip.reserved) <= chip.gpios
    assert chips()["esp32"].reserved[6] == "SPI flash"
    assert chips()["esp32s3"].reserved[20] == "USB"
    assert chips()["esp32"].input_only == frozenset(range(34, 40))

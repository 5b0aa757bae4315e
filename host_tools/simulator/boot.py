"""A boot from flash: what the ROM and ESP-IDF's second-stage bootloader check, and what they print.

Console lines as real chips print them; MicroPython's builds keep the second stage silent unless it
has an error to report.
"""

from dataclasses import dataclass, field

from host_tools.chips import Chip
from host_tools.images.esp_image import ChecksumError, ImageError, ImageInfo, check_image
from host_tools.images.partitions import (
    TABLE_LENGTH,
    TABLE_OFFSET,
    Partition,
    PartitionError,
    parse_table,
)
from host_tools.simulator.flash import NorFlash

HEADER_TRIES = 8  # the ROM reads again, until its watchdog resets the chip


@dataclass(frozen=True)
class RomTexts:
    banner: tuple[str, ...]
    flash_boot: str
    download: str
    resets: dict[str, str]
    before_load: tuple[str, ...]


RESETS = {
    "power-on": "0x1 (POWERON)",
    "software": "0xc (RTC_SW_CPU_RST)",
    "deep-sleep": "0x5 (DSLEEP)",
    "watchdog": "0x7 (TG0WDT_SYS_RST)",
}
ROMS = {
    "esp32": RomTexts(
        banner=("ets Jul 29 2019 12:21:46", ""),
        flash_boot="0x13 (SPI_FAST_FLASH_BOOT)",
        download="0x3 (DOWNLOAD_BOOT(UART0/UART1/SDIO_REI_REO_V2))",
        resets={
            "power-on": "0x1 (POWERON_RESET)",
            "software": "0xc (SW_CPU_RESET)",
            "deep-sleep": "0x5 (DEEPSLEEP_RESET)",
            "watchdog": "0x10 (RTCWDT_RTC_RESET)",
        },
        before_load=("configsip: 0, SPIWP:0xee", "mode:DIO, clock div:2"),
    ),
    "esp32s3": RomTexts(
        banner=("ESP-ROM:esp32s3-20210327", "Build:Mar 27 2021"),
        flash_boot="0x8 (SPI_FAST_FLASH_BOOT)",
        download="0x0 (DOWNLOAD(USB/UART0))",
        resets=RESETS,
        before_load=("SPIWP:0xee", "mode:DIO, clock div:1"),
    ),
    "esp32c3": RomTexts(
        banner=("ESP-ROM:esp32c3-api1-20210207", "Build:Feb  7 2021"),
        flash_boot="0xc (SPI_FAST_FLASH_BOOT)",
        download="0x5 (DOWNLOAD(USB/UART0/1))",
        resets=RESETS,
        before_load=("SPIWP:0xee", "mode:DIO, clock div:1"),
    ),
}


@dataclass
class Boot:
    """How a boot went: `ok`, or `failure` in words for people; `console` is what came out of the UART."""

    lines: list[str] = field(default_factory=list)
    failure: str = ""
    partitions: list[Partition] = field(default_factory=list)
    app: ImageInfo | None = None

    @property
    def ok(self) -> bool:
        return self.app is not None

    @property
    def console(self) -> bytes:
        return "".join(line + "\r\n" for line in self.lines).encode()


def boot(flash: NorFlash, chip: Chip, reset: str = "power-on") -> Boot:
    """Boot from flash after a reset of the kind `reset`, one of `RESETS`.

    A bootloader with a wrong SHA-256 does not start here; real ROMs complain and try it.
    """
    result = Boot(lines=_rom_lines(chip, reset, ROMS[chip.name].flash_boot))
    bootloader = _load_bootloader(flash, chip, result)
    if bootloader and _load_table(flash, min(bootloader.flash_size, flash.size), result):
        _load_app(flash, chip, result)
    return result


def download_console(chip: Chip, reset: str = "power-on") -> bytes:
    """What a chip prints when it enters download mode."""
    lines = _rom_lines(chip, reset, ROMS[chip.name].download)
    return "".join(line + "\r\n" for line in [*lines, "waiting for download"]).encode()


def _rom_lines(chip: Chip, reset: str, mode: str) -> list[str]:
    texts = ROMS[chip.name]
    return [*texts.banner, f"rst:{texts.resets[reset]},boot:{mode}"]


def _load_bootloader(flash: NorFlash, chip: Chip, result: Boot) -> ImageInfo | None:
    place = chip.bootloader_offset
    content = flash.read(place, TABLE_OFFSET - place)
    header = int.from_bytes(content[:4], "little")
    if header == 0xFFFFFFFF or content[0] != 0xE9:
        result.lines += [f"invalid header: 0x{header:08x}"] * HEADER_TRIES
        blank = "flash is blank: " if header == 0xFFFFFFFF else ""
        result.failure = f"{blank}no bootloader at 0x{place:x}"
        return None
    result.lines += ROMS[chip.name].before_load
    try:
        info = check_image(content, chip)
    except ImageError as error:
        result.lines += _rom_complaint(error)
        result.failure = f"bootloader at 0x{place:x}: {error}"
        return None
    result.lines += [f"load:0x{part.load_address:08x},len:0x{len(part.data):x}" for part in info.segments]
    result.lines += [f"entry 0x{info.entry:08x}"]
    return info


def _rom_complaint(error: ImageError) -> list[str]:
    if isinstance(error, ChecksumError):
        values = f"Calculated 0x{error.calculated:02x} stored 0x{error.stored:02x}"
        return [f"Checksum failure. {values}", "ets_main.c 329"]
    return ["ets_loader.c 78"]


def _load_table(flash: NorFlash, flash_size: int, result: Boot) -> bool:
    try:
        result.partitions = parse_table(flash.read(TABLE_OFFSET, TABLE_LENGTH), flash_size)
    except PartitionError as error:
        _log(
            result,
            error.console,
            "boot: Failed to verify partition table",
            "boot: load partition table error!",
        )
        result.failure = str(error)
        return False
    return True


def _load_app(flash: NorFlash, chip: Chip, result: Boot) -> None:
    none_left = "boot: No bootable app partitions in the partition table"
    place = next((row for row in result.partitions if row.type == "app"), None)
    if place is None:
        _log(result, none_left)
        result.failure = f"no application in the partition table at 0x{TABLE_OFFSET:x}"
        return
    try:
        result.app = check_image(flash.read(place.offset, place.size), chip)
    except ImageError as error:
        _log(result, error.console, "boot: Factory app partition is not bootable", none_left)
        result.failure = f"application at 0x{place.offset:x}: {error}"


def _log(result: Boot, *errors: str) -> None:
    """ESP-IDF log lines; each takes about 5 ms at 115200 baud, which is what their times show."""
    result.lines += [f"E ({50 + 5 * number}) {error}" for number, error in enumerate(errors)]

"""Writes a bundle to a chip's flash with esptool, unmodified, over a serial port or RFC 2217."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import esptool.reset
import serial
import serial.rfc2217
from esp_pylib.logger import EspLog, EspLogBase
from esptool import FatalError
from esptool.cmds import attach_flash, detect_chip, reset_chip, run_stub, write_flash
from esptool.loader import ESPLoader
from serial import SerialException

from host_tools.chips import Chip

BAUDRATE = 460800  # for the data; the first words with a chip are at 115200
CONNECT_ATTEMPTS = 7
LOCALLY_ADMINISTERED = 0x02  # in a MAC's first byte: simulated chips have it, Espressif's do not

Progress = Callable[[str, float], None]
Part = tuple[int, bytes | Path, str]  # flash offset, content, name for people


class FlashError(Exception):
    """Flashing failed; `hint` says what to do about it."""

    def __init__(self, message: str, hint: str):
        super().__init__(message)
        self.hint = hint


@dataclass(frozen=True)
class FlashResult:
    chip: str  # as esptool names it, "ESP32-S3"
    mac: bytes
    bytes_written: int
    seconds: float


def flash_bundle(
    port: str,
    chip: Chip,
    parts: list[Part],
    progress: Progress = lambda name, fraction: None,
    simulated_only: bool = False,
    connect_attempts: int = CONNECT_ATTEMPTS,
) -> FlashResult:
    """Reset the chip into its bootloader, write all parts, verify each by its MD5, start the chip.

    `progress(name, fraction)` is called for "connect" and for each part.  With `simulated_only`
    (a bundle with stand-in images), a real chip is refused.  Raises FlashError.
    """
    started = time.monotonic()
    with _connected(port, progress, connect_attempts) as (loader, output):
        mac = bytes(loader.read_mac("BASE_MAC"))
        _check_target(loader, chip, mac, simulated_only)
        loader = run_stub(loader)
        loader.WRITE_FLASH_ATTEMPTS = 1  # a board that went away is for the user to look at
        loader.change_baud(BAUDRATE)
        attach_flash(loader)
        written = 0
        for offset, content, name in parts:
            data = content.read_bytes() if isinstance(content, Path) else content
            output.stage_name = name
            write_flash(loader, [(offset, data)])
            written += len(data)
        reset_chip(loader, "hard-reset")
    return FlashResult(loader.CHIP_NAME, mac, written, time.monotonic() - started)


def read_mac(port: str, connect_attempts: int = CONNECT_ATTEMPTS) -> bytes:
    """The chip's base MAC, 6 bytes; the chip starts anew afterwards.  Raises FlashError."""
    with _connected(port, lambda name, fraction: None, connect_attempts) as (loader, _output):
        mac = bytes(loader.read_mac("BASE_MAC"))
        reset_chip(loader, "hard-reset")
    return mac


def _check_target(loader: ESPLoader, chip: Chip, mac: bytes, simulated_only: bool) -> None:
    if chip.title != loader.CHIP_NAME:
        raise FlashError(
            f"the chip is an {loader.CHIP_NAME}, the bundle is for an {chip.title}",
            "Choose the port of the right board, or build the bundle for this one.",
        )
    if simulated_only and not mac[0] & LOCALLY_ADMINISTERED:
        raise FlashError(
            f"the chip {mac.hex(':')} is a real one, but the bundle holds a stand-in for MicroPython",
            "Add the official image with `citynode micropython add FILE` and build the bundle again.",
        )


@contextlib.contextmanager
def _connected(port: str, progress: Progress, attempts: int) -> Iterator[tuple[ESPLoader, "_EsptoolOutput"]]:
    """A chip in its bootloader; all that goes wrong while it is used comes out as FlashError."""
    output = _EsptoolOutput(progress)
    progress(output.stage_name, 0.0)
    line = _open(port)
    try:
        with _esptool_prints_to(output), detect_chip(line, connect_attempts=attempts) as loader:
            progress(output.stage_name, 1.0)
            yield loader, output
    except FatalError as error:
        raise _explain(port, str(error)) from error
    except (SerialException, OSError) as error:
        raise FlashError(
            f"{port} went away while it was in use ({error})",
            "Check the cable and the board's power, then flash again.",
        ) from error
    finally:
        line.close()


class _Rfc2217Line(serial.rfc2217.Serial):
    """An RFC 2217 port whose read timeout costs nothing to change.

    pyserial sends all settings anew and waits 50 ms; esptool changes it twice for each command.
    """

    @property
    def timeout(self) -> float | None:
        return self._timeout

    @timeout.setter
    def timeout(self, seconds: float | None) -> None:
        self._timeout = seconds


def _open(port: str) -> serial.SerialBase:
    try:
        if port.startswith("rfc2217:"):
            line = _Rfc2217Line(exclusive=True)
            line.port = port
        else:
            line = serial.serial_for_url(port, do_not_open=True, exclusive=True)
        if sys.platform == "win32":  # its drivers assert both lines on opening, one after the other
            line.rts = line.dtr = False
        line.open()
    except (SerialException, ValueError) as error:
        raise FlashError(
            f"cannot open {port}: it does not exist, or another program has it",
            "Check the name, the cable, your rights to the port, and programs like serial monitors.",
        ) from error
    return line


def _explain(port: str, message: str) -> FlashError:
    """Esptool has one class for all its errors; its messages tell them apart."""
    if "Failed to connect" in message:
        return FlashError(
            f"no chip answers on {port}",
            "Hold BOOT while you press RESET, or check power and the cable; then try again.",
        )
    if "MD5" in message or "written flash region is empty" in message:
        return FlashError(
            f"what is in the flash is not what was written ({message})",
            "Flash again; if it happens again, the flash or its supply is faulty.",
        )
    return FlashError(message.strip(), "Flash again; `esptool --trace` shows every byte on the line.")


@contextlib.contextmanager
def _esptool_prints_to(output: "_EsptoolOutput") -> Iterator[None]:
    """Esptool has one logger for the process; ours takes its place for the time being."""
    reset = esptool.reset.ResetStrategy  # keeps a logger of its own from the time of import
    previous = EspLog.instance, reset.print_once
    EspLog.instance, reset.print_once = output, output.warn
    try:
        yield
    finally:
        EspLog.instance, reset.print_once = previous


class _EsptoolOutput(EspLogBase):
    """Turns esptool's progress bars into calls of `progress`; its words are not for our users."""

    def __init__(self, progress: Progress):
        self._progress = progress
        self.stage_name = "connect"

    def progress_bar(
        self, cur_iter: int, total_iters: int, prefix: str = "", suffix: str = "", bar_length: int = 30
    ) -> None:
        self._progress(self.stage_name, cur_iter / total_iters if total_iters else 1.0)

    def print(self, *args: Any, **kwargs: Any) -> None:
        pass

    def note(self, *args: Any) -> None:
        pass

    def hint(self, *args: Any) -> None:
        pass

    def debug(self, *args: Any) -> None:
        pass

    def warn(self, *args: Any, suggestion: str | None = None) -> None:
        pass

    def err(self, *args: Any, suggestion: str | None = None) -> None:
        pass

    def set_verbosity(self, mode: int | str) -> None:
        pass

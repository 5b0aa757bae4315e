"""The chip as a whole: reset, boot mode, ROM, and the MicroPython that comes up from flash.

`Esp32.run` is the board's life from power-on.  It never returns: it ends with `PowerOff`, which whoever
runs the simulation raises from an event.  A reset is an exception too (`ChipReset`), and so is `PowerCut`,
which comes from the flash or from an event: power returns after an outage.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping
from typing import NoReturn

from host_tools.chips import Chip
from host_tools.images.partitions import vfs_partition
from host_tools.littlefs_volume import open_volume
from host_tools.simulator.boot import boot, download_console
from host_tools.simulator.bootloader.device import RomBootloader
from host_tools.simulator.chip.adc import Adc
from host_tools.simulator.chip.bluetooth import Bluetooth
from host_tools.simulator.chip.calls import ChipCalls
from host_tools.simulator.chip.console import Console
from host_tools.simulator.chip.crypto import Aes
from host_tools.simulator.chip.crystal import Crystal
from host_tools.simulator.chip.effort import Effort
from host_tools.simulator.chip.heap import Heap
from host_tools.simulator.chip.i2c import I2cs
from host_tools.simulator.chip.idle import Idle
from host_tools.simulator.chip.interpreter import Interpreter
from host_tools.simulator.chip.interrupts import Interrupts
from host_tools.simulator.chip.nvs import Nvs
from host_tools.simulator.chip.pins import Pins
from host_tools.simulator.chip.processor import Processor
from host_tools.simulator.chip.pulses import Pulses
from host_tools.simulator.chip.raw_flash import RawFlash
from host_tools.simulator.chip.real_time_clock import RealTimeClock
from host_tools.simulator.chip.resets import (
    BROWN_OUT,
    DEEP_SLEEP,
    OUT_OF_MEMORY,
    POWER_ON,
    SOFT_REBOOT,
    SOFTWARE,
    TO_BOOTLOADER,
    WAKE_BOOT_US,
    WATCHDOG,
    ChipReset,
    DeepSleep,
)
from host_tools.simulator.chip.sleep import RtcMemory, Sleep
from host_tools.simulator.chip.spi import Spi
from host_tools.simulator.chip.supply import OUTAGE_US, Supply
from host_tools.simulator.chip.timers import Timers
from host_tools.simulator.chip.uart import Uarts
from host_tools.simulator.chip.waits import Waits
from host_tools.simulator.chip.watchdog import Watchdog
from host_tools.simulator.flash import NorFlash
from host_tools.simulator.flash_faults import PowerCut
from host_tools.simulator.kernel import EventQueue
from host_tools.simulator.vm.files import Devices, File
from host_tools.simulator.vm.machine import Exhausted
from host_tools.simulator.volume import Remembered, Written, mount_or_format

HOST_CALL_US = 20  # what every call to the chip costs, so that a loop that polls the clock moves it
CORRUPT_NOTICE_US = 3_000_000  # MicroPython repeats its complaint so often


class Esp32:
    """One chip with its flash and pins; a board wires `pins`, `adc`, `uarts`, `i2cs`, `spi` and `console`."""

    def __init__(
        self,
        queue: EventQueue,
        chip: Chip,
        flash: NorFlash,
        mac: bytes,
        rng: random.Random,
        report: Callable[[str], None] = lambda _: None,
        *,
        crystal_ppm: float = 0.0,
        heap_bytes: int | None = None,
    ):
        """report: told in plain words what a person at the board would notice (boots, failures).

        heap_bytes: for Python objects; None is what the chip has.
        """
        self.queue = queue
        self.chip = chip
        self.flash = flash
        self.mac = mac
        self.crystal = Crystal(queue, crystal_ppm)
        self.effort = Effort(queue.clock.patience_us)
        self.heap = Heap(heap_bytes or chip.heap_bytes, self._measure_heap)
        self.console = Console()
        self.interrupts = Interrupts()
        self.pins = Pins(chip, self.interrupts)
        self.uarts = Uarts(queue, chip.uarts, self, self.interrupts)
        self.i2cs = I2cs(queue, chip.name)
        self.spi = Spi(queue, self.pins)
        self.adc = Adc(chip.name)
        self.bluetooth = Bluetooth(self.crystal, self.interrupts)
        self._processor = Processor(chip.name)
        self._pulses = Pulses(self.crystal, self.pins, self.wait_counted)
        self._timers = Timers(self.crystal, self.interrupts, chip.name)
        self._watchdog = Watchdog(self.crystal, self._watchdog_reset, self.effort.watch)
        sleepers = self.uarts, self.pins, self._timers, self._watchdog, self.bluetooth
        self._sleep = Sleep(self.crystal, self.pins, chip.name, sleepers)
        self.sleep_observers = self._sleep.observers
        self.file_observers: list[Written] = []  # told of what the node's files get
        self._rtc_memory = RtcMemory()
        self._remembered = Remembered(flash)
        self._nvs: dict[str, File] = {}  # as its partition was at boot; none without one
        self.supply = Supply(queue)
        self._waits = Waits(self.crystal, self.wait_counted, self.interrupts.deliverable)
        self._idle = Idle(self.crystal, self.wait, self.interrupts.deliverable, self._collect)
        self.wake = self._idle.wake
        self.run_main = True
        self.on_reset: Callable[[], None] = lambda: None  # called after each reset and power cut
        self.on_power: Callable[[bool], None] = lambda on: None  # the whole board's, at a power cut
        self.resets: Counter[str] = Counter()  # by the name of their cause
        self._rng = rng
        self._report = report
        self._held = False
        self._strapped_for_download = False
        self._cause = POWER_ON
        self._sleep_ms = 0  # of the deep sleep that the program asked for
        self._clock = RealTimeClock(self.crystal)
        self._interrupted = False
        self._receive: Callable[[bytes], None] = self._buffer_input
        self._interpreter: Interpreter | None = None

    # --- what is outside the chip: its console port and its reset circuit

    def console_in(self, data: bytes) -> None:
        """Bytes come in at the console port."""
        self._receive(data)

    def hold_in_reset(self) -> NoReturn:
        """EN goes low: everything stops, until `release_reset`."""
        self._held = True
        raise ChipReset(POWER_ON)

    def release_reset(self, download: bool) -> None:
        """EN goes high; `download`: IO0 is low at that moment."""
        self._held = False
        self._strapped_for_download = download

    def cut_power(self, outage_us: int | None = OUTAGE_US) -> NoReturn:
        """The board loses its supply, from an event of the queue; None: until `supply.come_back`."""
        self.supply.outage_us = outage_us
        raise PowerCut

    def brown_out(self) -> NoReturn:
        """The supply dips: the chip's detector resets it, the parts around it go on."""
        self.console.print(b"\nBrownout detector was triggered\n\n")
        raise ChipReset(BROWN_OUT)

    def nudge(self) -> None:
        """Get the attention of a busy program, for what was injected.  From any thread."""
        interpreter = self._interpreter
        if interpreter:
            interpreter.nudge()

    # --- life

    def run(self) -> NoReturn:
        self.flash.power_on()
        self._lose_power()
        while True:
            try:
                self._start()
            except ChipReset as reset:
                self._cause = reset.cause
                self._sleep_ms = reset.duration_ms if isinstance(reset, DeepSleep) else 0
                self.resets[reset.cause.name] += 1
            except PowerCut:
                self._report(self.supply.fail())
                self.resets["power cut"] += 1
                self._lose_power()
                self.on_power(False)
            self.on_reset()

    def _lose_power(self) -> None:
        self._cause = POWER_ON
        self._held = self._strapped_for_download = False

    def _start(self) -> NoReturn:
        self._stop_program()
        if self._cause is DEEP_SLEEP:
            self._report("deep sleep")
            self._sleep.wait(self._sleep_ms, deep=True)
        else:
            self._sleep.reason = 0
        self._reset_peripherals()
        self._wait_for_power()
        self.queue.run_until(None, lambda: not self._held)
        if self._cause is POWER_ON:
            self._clock.power_up()
            self._rtc_memory.clear()
            self.pins.lose_power()
            if self._strapped_for_download:
                self._download()
        elif self._cause is TO_BOOTLOADER:
            self._download()
        self._boot()

    def _wait_for_power(self) -> None:
        if not self.supply.is_there:
            self._receive = lambda _: None  # nobody is there
            self.supply.wait()
            self._receive = self._buffer_input
            self.flash.power_on()
            self.on_power(True)

    def _stop_program(self) -> None:
        """No VM is alive any more, and no output is driven; pulls and wake sources stay."""
        self._receive = self._buffer_input
        self._end_interpreter()
        self._stop_interrupts()
        self._watchdog.reset()
        self.pins.release_outputs()

    def _end_interpreter(self) -> None:
        self._interpreter = None
        self.effort.end()

    def _reset_peripherals(self) -> None:
        self.console.received.clear()
        self.console.muted = False
        self._sleep.reset()
        self._processor.reset()
        self.pins.reset()
        self.uarts.reset()

    def _download(self) -> NoReturn:
        """Download mode: the ROM's serial bootloader, until the next reset."""
        self._report("download mode")
        self.console.write(download_console(self.chip, self._cause.rom_name))
        rom = RomBootloader(self.chip, self.mac, self.flash, self.console.write, leave=self._software_reset)
        self._receive = rom.receive
        self._wait_for_ever()

    def _boot(self) -> NoReturn:
        if self._cause in (DEEP_SLEEP, BROWN_OUT):  # else what broke the voltage down would do so without end
            self.queue.run_until(self.queue.now_us + WAKE_BOOT_US)
            self._sleep.booted()
        outcome = boot(self.flash, self.chip, self._cause.rom_name)
        self.console.write(outcome.console)
        if not outcome.ok:
            self._report(f"does not boot: {outcome.failure}")
            self._wait_for_ever()
        nvs = next((row for row in outcome.partitions if row.subtype == "nvs"), None)
        self._nvs = {"nvs": Nvs(self.flash, nvs)} if nvs else {}
        vfs = vfs_partition(outcome.partitions, self.flash.size)
        volume = open_volume(self._remembered, vfs.offset, vfs.size)
        files = mount_or_format(volume, self.unix_ms, self._report, self.console.print, self._remembered)
        while files is None:
            self.console.print(b"The filesystem appears to be corrupted. It must be formatted again.\n")
            self.queue.run_until(self.queue.now_us + CORRUPT_NOTICE_US)
        files.observers = self.file_observers
        self._interpreter = Interpreter(self, files)
        self._report("MicroPython starts")
        try:
            self._interpreter.run(self.run_main)
        except Exhausted:
            self._hang()

    def _hang(self) -> NoReturn:
        """A loop without end that calls nothing: only a watchdog, or somebody at the board, ends this."""
        self._end_interpreter()
        self._report("the program hangs: it has long been working without a call to the chip")
        self._wait_for_ever()

    def _wait_for_ever(self) -> NoReturn:
        self.queue.run_until(None)
        raise AssertionError("a wait without end ended")

    def _buffer_input(self, data: bytes) -> None:
        for byte in data:
            if self._interpreter and self._interpreter.interruptible(byte):
                self._interrupted = True
                self._interpreter.interrupt()
            else:
                self.console.received.append(byte)

    # --- what the interpreter asks (host_tools.simulator.vm.machine.Board)

    def ticks_ms(self) -> int:
        self.elapse()
        return self.crystal.now_us // 1000

    def unix_ms(self) -> float:
        return self._clock.unix_ms()

    def random_u32(self) -> int:
        return self._rng.getrandbits(32)

    def stdout(self, data: bytes) -> None:
        self.console.print(data)

    def stdin(self, length: int) -> bytes:
        if not self.wait(None, lambda: bool(self.console.received)):
            raise InterruptedError
        return self.console.take(length)

    def wait(self, deadline_us: int | None, done: Callable[[], bool] = lambda: False) -> bool:
        """Block the program until the deadline or `done()`; False when Ctrl-C ended it."""
        self._interrupted = False
        self.queue.run_until(deadline_us, lambda: self._interrupted or done())
        return not self._interrupted

    def wait_counted(self, deadline_us: int, done: Callable[[], bool] = lambda: False) -> bool:
        """`wait` with a deadline of the chip's own count."""
        return self.wait(self.crystal.true_us(deadline_us), done)

    def soft_reboot(self) -> None:
        """What MicroPython does to the chip before it starts again."""
        self._cause = SOFT_REBOOT
        self._stop_interrupts()
        self.pins.stop_pwm()
        self.uarts.reset()

    def _stop_interrupts(self) -> None:
        self.pins.stop_irqs()
        self._timers.reset()
        self.bluetooth.reset()
        self.interrupts.reset()
        self._waits.reset()

    def elapse(self) -> None:
        """The price of a call to the chip, and of the work since the last; what is due happens."""
        self.queue.elapse(HOST_CALL_US + self.effort.taken_us())

    def devices(self, **others: File) -> Devices:
        """The files in /dev; `others` are the interpreter's own."""
        handlers = {
            "TICKS_US": lambda _a, _b, _c: self.crystal.now_us & 0x3FFFFFFF,
            "RESET": self._software_reset,
            "BOOTLOADER": self._reset_to_bootloader,
            "DEEP_SLEEP": self._deep_sleep,
            "LIGHT_SLEEP": lambda high, low, _c: self._sleep.wait((high << 30) + low, deep=False),
            "RESET_CAUSE": lambda _a, _b, _c: self._cause.number,
            "UNIQUE_ID": lambda half, _b, _c: int.from_bytes(self.mac[3 * half : 3 * half + 3], "big"),
            "RANDOM": lambda _a, _b, _c: self.random_u32() >> 2,
        }
        for unit in self._program_units():
            handlers |= unit.handlers()
        calls = ChipCalls(handlers, self.elapse, self.interrupts.deliverable)
        files: Mapping[str, File] = {
            "chip": calls,
            **self.uarts.devices(),
            **self.i2cs.devices(),
            **self.spi.devices(),
            **self._rtc_memory.devices(),
            **self._nvs,
            "flash": RawFlash(self.flash),
            "aes": Aes(),
            "bluetooth": self.bluetooth,
            "heap": self.heap,
            **others,
        }
        return Devices(dict(files))

    def _program_units(self) -> list:
        return [
            *(self.pins, self.adc, self.uarts, self.i2cs, self.interrupts, self._timers),
            *(self._processor, self._pulses),
            *(self._watchdog, self._clock, self._sleep, self._rtc_memory, self._waits, self._idle),
            self.bluetooth,
        ]

    def _collect(self) -> None:
        self._interpreter.collect()
        self.effort.ignore()
        if not self.heap.collected():
            self.console.print(b"MemoryError: what is alive is more than the heap\n")
            self._report(f"the live heap has passed the board's {self.heap.size} bytes: MemoryError")
            raise ChipReset(OUT_OF_MEMORY)

    def _measure_heap(self) -> None:
        self.elapse()
        self._interpreter.measure()
        self.effort.ignore()

    def _deep_sleep(self, high: int, low: int, _c: int) -> NoReturn:
        raise DeepSleep((high << 30) + low)

    def _watchdog_reset(self) -> NoReturn:
        raise ChipReset(WATCHDOG)

    def _software_reset(self, *_: int) -> NoReturn:
        raise ChipReset(SOFTWARE)

    def _reset_to_bootloader(self, *_: int) -> NoReturn:
        raise ChipReset(TO_BOOTLOADER)

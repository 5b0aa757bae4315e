"""What goes wrong on the line to a chip's bootloader.  Both take effect in the midst of a `write-flash`."""

from host_tools.simulator.bootloader import slip
from host_tools.simulator.bootloader.packets import Op
from tests.host_tools.bench_chip import BenchChip

DATA = (Op.FLASH_DATA, Op.FLASH_DEFL_DATA)


def disturb_blocks(bench: BenchChip, count: int) -> None:
    """One bit of each of the next `count` blocks for the flash arrives wrong."""
    receive, decoder = bench.rom.receive, slip.Decoder()
    left = count

    def disturbed(data: bytes) -> None:
        nonlocal left
        for packet in decoder.feed(data):
            if left and packet[1] in DATA:
                left -= 1
                packet = packet[:-1] + bytes([packet[-1] ^ 1])
            receive(slip.encode(packet))

    bench.rom.receive = disturbed


def pull_cable(bench: BenchChip, programs: int, more: int) -> None:
    """The cable comes off when flash has been programmed so often and `more` bytes have come in since.

    The board has power of its own and stays as it is.
    """
    receive, programs = bench.rom.receive, bench.flash.operations.programs + programs
    left = more

    def until_it_breaks(data: bytes) -> None:
        nonlocal left
        if bench.flash.operations.programs < programs:
            return receive(data)
        receive(data[:left])
        left -= len(data)
        if left <= 0:
            bench.rom.receive = receive
            bench.unplug()

    bench.rom.receive = until_it_breaks

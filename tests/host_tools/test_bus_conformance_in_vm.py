"""`machine`'s buses: arguments, errors and return types, as MicroPython documents the ESP32.

Each table runs in one VM, in order: an expression, and its value or its error.
"""

from host_tools.simulator.buses import ClockHeldError, I2CDevice, SerialDevice, SPIDevice
from tests.host_tools.conformance_bench import check


class Register(I2CDevice):
    """256 bytes behind a pointer of one byte; it hangs when it is asked for 9 bytes."""

    def __init__(self):
        self.content = bytearray(range(256))
        self.at = 0

    def write(self, data):
        if data:
            self.at, values = data[0], data[1:]
            self.content[self.at : self.at + len(values)] = values

    def read(self, length):
        if length == 9:
            raise ClockHeldError
        return bytes(self.content[self.at : self.at + length])


class Loop(SPIDevice):
    """Answers with what it is sent, every bit turned over."""

    def __init__(self):
        self.selected = []

    def pin(self, name, level):
        self.selected.append((name, level))

    def transfer(self, data):
        return bytes(byte ^ 0xFF for byte in data)


class Echo(SerialDevice):
    baudrate = None

    def receive(self, data):
        self.line.send(data)


I2C = [
    ("repr(i)", "'I2C(0, scl=9, sda=8, freq=400000, timeout=50000)'"),
    ("I2C(1, scl=Pin(5), sda=6, freq=100_000, timeout=9)", "I2C(1, scl=5, sda=6, freq=100000, timeout=9)"),
    ("SoftI2C(Pin(9), 8)", "SoftI2C(scl=9, sda=8, freq=400000, timeout=50000)"),
    ("I2C(2)", "ValueError: I2C(2) doesn't exist"),
    ("I2C(0, Pin(9), Pin(8))", "TypeError: *"),
    ("I2C(0, scl=99)", "ValueError: invalid pin"),
    ("SoftI2C()", "TypeError: *"),
    ("i.scan(), s.scan(), SoftI2C(5, 6).scan()", "([80], [80], [])"),
    ("i.writeto(80, b'\\x05ab'), s.writeto(80, b'\\x05', False), s.readfrom(80, 3)", "(3, 1, b'ab\\x07')"),
    ("i.writeto(80, bytearray(b'\\x06')), i.readfrom_into(80, b), b", "(1, None, bytearray(b'b\\x07'))"),
    ("i.writevto(80, (b'\\x10', memoryview(b'xyz'))), i.readfrom_mem(80, 16, 4)", "(4, b'xyz\\x13')"),
    ("i.writeto_mem(80, 32, b'mem'), i.readfrom_mem_into(80, 32, b), b", "(None, None, bytearray(b'me'))"),
    ("i.writeto_mem(80, 0x3041, b'q', addrsize=16), s.readfrom_mem(80, 0x30, 2)", "(None, b'Aq')"),
    ("i.readfrom_mem(80, 0, 1, addrsize=12)", "ValueError: invalid addrsize"),
    ("i.readfrom_mem(80, 0, 1, addrsize=40)", "ValueError: invalid addrsize"),
    ("i.readfrom_mem(80, 0, 1, 16)", "TypeError: *"),
    ("i.writeto(81, b'x')", "OSError: 19"),
    ("s.readfrom(81, 1)", "OSError: 19"),
    ("SoftI2C(5, 6).readfrom(80, 1)", "OSError: 19"),
    ("i.readfrom(80, 9)", "OSError: 110"),
    ("(errno.ENODEV, errno.ETIMEDOUT)", "(19, 110)"),
    ("took(lambda: s.readfrom(80, 9)) // 1000", "50"),
    ("took(lambda: I2C(0, freq=10_000).readfrom(80, 100)) // 1000", "91"),
    ("i.start()", "OSError: I2C operation not supported"),
    ("i.write(b'x')", "OSError: I2C operation not supported"),
    ("s.start()", "AttributeError: *"),
]


def test_i2c():
    setup = """
    import errno, time
    from machine import I2C, Pin, SoftI2C
    i, s, b = I2C(0), SoftI2C(scl=Pin(9), sda=Pin(8)), bytearray(2)
    def took(action):
        start = time.ticks_us()
        try:
            action()
        except OSError:
            pass
        return time.ticks_us() - start
    """
    check(setup, I2C, prepare=lambda bench: bench.chip.i2cs.units[0].attach(0x50, Register()))


def test_soft_i2c_finds_the_parts_by_the_boards_pins():
    def prepare(bench):
        bench.chip.i2cs.wire(1, scl=5, sda=6)
        bench.chip.i2cs.units[1].attach(0x51, Register())

    table = [("SoftI2C(5, 6).scan()", "[81]"), ("I2C(1).scan()", "[81]"), ("SoftI2C(6, 5).scan()", "[]")]
    check("from machine import I2C, SoftI2C", table, prepare=prepare)


SHOWN = "baudrate=500000, polarity=0, phase=0, bits=8, firstbit=0, sck=12, mosi=11, miso=13)"
SPI = [
    ("repr(s)", f"'SPI(id=1, {SHOWN}'"),
    ("repr(soft)", f"'SoftSPI({SHOWN}'"),
    ("(SPI.MSB, SPI.LSB, SoftSPI.MSB, SoftSPI.LSB)", "(0, 1, 0, 1)"),
    ("SPI(3)", "ValueError: SPI(3) doesn't exist"),
    ("SPI()", "TypeError: *"),
    ("SPI(1, 1000, 1)", "TypeError: *"),
    ("SoftSPI(sck=12, mosi=11)", "ValueError: must specify all of sck/mosi/miso"),
    ("SoftSPI(sck=12, mosi=11, miso=13, bits=16)", "ValueError: bits must be 8"),
    ("SoftSPI(sck=12, mosi=11, miso=13, firstbit=SPI.LSB)", "ValueError: firstbit must be MSB"),
    # Nobody is selected: MISO is what its pull makes of it.
    ("s.read(2), Pin(13, Pin.IN, Pin.PULL_UP).value(), s.read(2)", "(b'\\x00\\x00', 1, b'\\xff\\xff')"),
    ("cs(0), s.read(2), s.read(2, 0x0F), soft.read(1)", "(None, b'\\xff\\xff', b'\\xf0\\xf0', b'\\xff')"),
    ("s.write(b'abc'), s.readinto(b), b, s.readinto(b, 0x33), b", "(None, None, BUFFER, None, BUFFER)"),
    ("b == b'\\xcc\\xcc'", "True"),
    ("s.write_readinto(b'\\x01\\x02', b), b == b'\\xfe\\xfd'", "(None, True)"),
    ("s.write_readinto(b'abc', b)", "ValueError: buffers must be the same length"),
    ("s.write(b'')", "ValueError: buffer too short"),
    ("s.init(1_000_000, polarity=1, phase=1, firstbit=SPI.LSB), s.read(1, 0x01)", "(None, b'\\xfe')"),
    ("s", "SPI(id=1, baudrate=1000000, polarity=1, phase=1, bits=8, firstbit=1, sck=12, mosi=11, miso=13)"),
    ("s.init(miso=None), s.read(1), s.init(miso=13)", "(None, b'\\x00', None)"),
    ("SPI(2, sck=12, mosi=None, miso=13).read(1, 0x55)", "b'\\xff'"),
    ("SPI(2).read(1)", "b'\\x00'"),
    ("took(lambda: SPI(1, 100_000).read(1000)) // 1000", "80"),
    ("s.deinit()", "None"),
    ("s.read(1)", "OSError: transfer on deinitialized SPI"),
    ("s.init(), s.read(1), cs(1), s.read(1)", "(None, b'\\xff', None, b'\\xff')"),
]


def test_spi():
    setup = """
    import time
    from machine import SPI, Pin, SoftSPI
    s, cs, b = SPI(1), Pin(10, Pin.OUT, value=1), bytearray(2)
    soft = SoftSPI(sck=Pin(12), mosi=Pin(11), miso=Pin(13))
    def took(action):
        start = time.ticks_us()
        action()
        return time.ticks_us() - start
    """
    loop = Loop()
    table = [(text, result.replace("BUFFER", r"bytearray(b'\xcc\xcc')")) for text, result in SPI]
    check(setup, table, prepare=lambda bench: bench.chip.spi.attach(loop, sck=12, mosi=11, miso=13, cs=10))
    assert loop.selected == [("cs", 1), ("cs", 0), ("cs", 1)]
    check("from machine import SPI", [("SPI(2)", "ValueError: SPI(2) doesn't exist")], chip="esp32c3")


UART_SHOWN = (
    "UART(1, baudrate=9600, bits=7, parity=1, stop=2, tx=10, rx=9, rts=-1, cts=-1, "
    "txbuf=256, rxbuf=512, timeout=0, timeout_char=0, irq=0)"
)
UART = [
    ("u.init(9600, 7, 1, 2, rxbuf=512), u", f"(None, {UART_SHOWN})"),
    ("UART(1) is u, u", f"(True, {UART_SHOWN})"),
    ("u.init(115200, 8, None, 1, tx=Pin(17), rx=18, invert=UART.INV_TX, flow=UART.RTS)", "None"),
    ("repr(u)[-24:]", "'invert=INV_TX, flow=RTS)'"),
    ("(UART.INV_TX, UART.INV_RX, UART.INV_RTS, UART.INV_CTS, UART.RTS, UART.CTS)", "(32, 4, 64, 8, 1, 2)"),
    ("(UART.IRQ_RX, UART.IRQ_RXIDLE, UART.IRQ_BREAK)", "(1, 4096, 2)"),
    ("UART.IRQ_TXIDLE", "AttributeError: *"),
    ("UART(3)", "ValueError: UART(3) does not exist"),
    ("UART()", "TypeError: *"),
    ("u.init(bits=9)", "ValueError: invalid data bits"),
    ("u.init(stop=3)", "ValueError: invalid stop bits"),
    ("u.init(invert=1)", "ValueError: invalid inversion mask"),
    ("u.init(flow=4)", "ValueError: invalid flow control mask"),
    ("u.init(tx=99)", "ValueError: invalid pin"),
    ("u.read(0)", "b''"),
    ("u.any(), u.read(), u.read(4), u.readline(), u.readinto(b)", "(0, None, None, None, None)"),
    ("u.write(b'one\\ntwo'), u.txdone(), u.flush(), u.txdone(), sleep(5)", "(7, False, None, True, None)"),
    ("u.any(), u.read(1), u.readline(), u.readinto(b), b", "(7, b'o', b'ne\\n', 3, bytearray(b'two\\x00'))"),
    ("u.write(bytearray(b'12345')), sleep(5), u.readinto(b, 2), b[:2], u.read()", "OUT"),
    ("u.write('x'), sleep(5), u.init(9600), u.any()", "(1, None, None, 0)"),
    ("u.sendbreak()", "None"),
    ("u.irq() is u.irq(), u.irq().trigger(), u.irq().flags()", "(True, 0, 0)"),
    ("u.irq(1)", "ValueError: handler must be None or callable"),
    ("u.irq(note, 4)", "ValueError: trigger 0x0004 unsupported"),
    ("u.irq(note, UART.IRQ_RX, True)", "ValueError: hard IRQ is not supported"),
    ("u.irq(handler=note, trigger=UART.IRQ_RX, hard=False) is u.irq()", "True"),
    ("u.write(b'a' * 40), sleep(100), seen, u.any()", "(40, None, [(True, 1), (True, 1), (True, 1)], 40)"),
    # Idle: two looks of 20 bits (2.08 ms each at 9,600 baud) after the last byte.
    ("seen.clear(), u.irq(note, UART.IRQ_RXIDLE).trigger(), u.write(b'bc'), sleep(5), seen", "IDLE"),
    ("sleep(5), seen", "(None, [(True, 4096)])"),
    ("u.irq(None).trigger(), u.write(b'd'), sleep(9), len(seen)", "(0, 1, None, 1)"),
    ("u.deinit(), u.read(1), u.write(b'x')", "(None, None, None)"),
    ("u.any()", "OSError: 1"),
    (
        "u.init(timeout=7), u.any(), 'baudrate=115200' in repr(u), 'timeout=7' in repr(u)",
        "(None, 0, True, True)",
    ),
]


def test_uart():
    setup = """
    from machine import UART, Pin
    from time import sleep_ms as sleep
    u, b, seen = UART(1), bytearray(4), []
    def note(uart):
        seen.append((uart is u, uart.irq().flags()))
    """
    replies = {"OUT": "(5, None, 2, bytearray(b'12'), b'345')", "IDLE": "(None, 4096, 2, None, [])"}
    table = [(text, replies.get(result, result)) for text, result in UART]
    check(setup, table, prepare=lambda bench: bench.chip.uarts.units[1].attach(Echo()))

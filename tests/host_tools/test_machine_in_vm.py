"""`machine` as programs on the node use it, against parts on the simulated chip's pins and buses."""

import textwrap

import pytest

from host_tools.simulator.buses import I2CDevice, NackError, PinDevice, SerialDevice
from tests.host_tools.board_bench import MAC, BoardBench, printed, run_main

ENODEV = 19  # what machine.I2C raises on an ESP32 when nobody acknowledges
BYTE_9600_US = 10_000_000 // 9600


class Recorder(PinDevice):
    """Notes what the pins do: (name, level) or (name, duty, frequency)."""

    def __init__(self):
        self.seen = []

    def pin(self, name, level):
        self.seen.append((name, level))

    def pwm(self, name, duty, frequency_hz):
        self.seen.append((name, round(duty, 3), frequency_hz))


class Peer(SerialDevice):
    """Answers `answers[request]`, and notes when each byte of a request came in."""

    baudrate = 9600

    def __init__(self, queue, answers=()):
        self.queue = queue
        self.answers = dict(answers)
        self.heard = b""
        self.last_us = None

    def receive(self, data):
        self.heard += data
        self.last_us = self.queue.now_us
        for piece, delay_us in self.answers.pop(self.heard, ()):
            self.line.send(piece, delay_us)


class Memory(I2CDevice):
    """A part with one pointer: write sets it, read continues from it; it refuses to be written 0xFF."""

    def __init__(self):
        self.content = bytes(range(100, 200))
        self.at = 0

    def write(self, data):
        if data == b"\xff":
            raise NackError
        if data:
            self.at = data[0]

    def read(self, length):
        return self.content[self.at : self.at + length]


def run(source, prepare=lambda bench: None, seconds=5, chip="esp32s3"):
    bench = BoardBench({"main.py": "import machine, time\n" + textwrap.dedent(source)}, chip=chip)
    prepare(bench)
    return printed(bench.run(seconds))


# --- pins


def test_outputs_drive_the_part_without_glitches():
    recorder = Recorder()
    run(
        """
        pin = machine.Pin(4, machine.Pin.OUT, value=1)
        pin.value(1)
        pin.off()
        pin(1)
        machine.Pin(4, machine.Pin.OUT)
        print(pin, pin.value())
        pin.init(machine.Pin.IN)
        pin.on()
        """,
        lambda bench: bench.chip.pins.wire(4, recorder, "enable"),
    )
    assert recorder.seen == [("enable", level) for level in (1, 0, 1, 1, 0)]


def test_inputs_follow_the_part_or_their_pull():
    def prepare(bench):
        bench.queue.at(1_000_000, lambda: bench.chip.pins.drive(5, 1))
        bench.queue.at(2_000_000, lambda: bench.chip.pins.drive(5, 0))

    assert run(
        """
        pin, free = machine.Pin(5, machine.Pin.IN), machine.Pin(6, machine.Pin.IN, machine.Pin.PULL_UP)
        while not pin.value():
            pass
        print(time.ticks_ms(), free.value())
        time.sleep(1.5)
        free.init(machine.Pin.IN, None)
        print(pin(), free())
        """,
        prepare,
    ) == ["1000 1", "0 0"]


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("machine.Pin(34, machine.Pin.OUT)", "pin can only be input"),
        ("machine.Pin(99)", "invalid pin"),
        ("machine.Pin(24, machine.Pin.IN)", "invalid pin"),
        ("machine.UART(3)", "UART(3) does not exist"),
        ("machine.I2C(2)", "I2C(2) doesn't exist"),
        ("machine.PWM(machine.Pin(4)).duty_u16(65536)", "duty_u16 must be from 0 to 65535"),
    ],
)
def test_what_the_chip_has_not(statement, message):
    attempt = f"try:\n    {statement}\nexcept ValueError as error:\n    print(error)\n"
    assert run(attempt, chip="esp32") == [message]


def test_an_input_only_pin_reads():
    assert run("print(machine.Pin(34, machine.Pin.IN).value())", chip="esp32") == ["0"]


def test_pwm():
    recorder = Recorder()
    lines = run(
        """
        pwm = machine.PWM(machine.Pin(12), freq=1000, duty_u16=32768)
        pwm.duty_u16(65535)
        pwm.freq(500)
        print(pwm.duty_u16(), pwm.freq())
        pwm.deinit()
        """,
        lambda bench: bench.chip.pins.wire(12, recorder, "dim"),
    )
    assert lines == ["65535 500"]
    assert recorder.seen == [("dim", 0.5, 1000), ("dim", 1.0, 1000), ("dim", 1.0, 500), ("dim", 0.0, 0)]


SETS_OUTPUTS = """
import machine
if machine.reset_cause() == machine.PWRON_RESET:
    machine.Pin(4, machine.Pin.OUT, value=1)
    machine.PWM(machine.Pin(12), freq=1000, duty_u16=65535)
    machine.%s()
"""


@pytest.mark.parametrize(
    ("how", "after"),
    [("reset", [("dim", 0.0, 0), ("enable", 0)]), ("soft_reset", [("dim", 0.0, 0)])],
)
def test_a_reset_lets_go_of_outputs(how, after):
    bench = BoardBench({"main.py": SETS_OUTPUTS % how})
    recorder = Recorder()
    bench.chip.pins.wire(4, recorder, "enable")
    bench.chip.pins.wire(12, recorder, "dim")
    bench.run()
    assert recorder.seen == [("enable", 1), ("dim", 1.0, 1000), *after]


# --- UART


def with_peer(answers=(), unit=1):
    return lambda bench: bench.chip.uarts.units[unit].attach(Peer(bench.queue, answers))


def test_flush_takes_the_time_of_the_bytes_at_the_baud_rate():
    bench = BoardBench(
        {
            "main.py": """
import machine, time
uart = machine.UART(1, 9600)
start = time.ticks_us()
print(uart.write(b"x" * 100))
written = time.ticks_us()
uart.flush()
print(written - start < 1000, time.ticks_us() - start)
"""
        }
    )
    peer = Peer(bench.queue)
    bench.chip.uarts.units[1].attach(peer)
    lines = printed(bench.run())
    assert lines[:1] + lines[1].split()[:1] == ["100", "True"]
    assert 100 * BYTE_9600_US <= int(lines[1].split()[1]) < 100 * BYTE_9600_US + 500
    assert peer.heard == b"x" * 100


def test_reads_without_time_out_take_what_is_here():
    assert run(
        """
        uart = machine.UART(1, 9600)
        print(uart.any(), uart.read(5), uart.read(), uart.readline())
        uart.write(b"?")
        time.sleep_ms(100)
        buffer = bytearray(4)
        print(uart.any(), uart.read(2), uart.readinto(buffer), buffer, uart.readinto(buffer, 1), buffer)
        print(uart.read(), uart.any(), uart.read())
        """,
        with_peer({b"?": [(b"0123456789", 0)]}),
    ) == [
        "0 None None None",
        "10 b'01' 4 bytearray(b'6345') 1 bytearray(b'6345')",
        "b'789' 0 None",
    ]


@pytest.mark.parametrize(
    ("read", "result", "until_ms"),
    [
        ("read(4)", "b'abcd'", 109),  # 1 ms for the request, and the answer
        ("read(20)", "b'abcdefgh'", 109 + 20),  # the gap is longer than timeout_char
        ("read()", "b'abcdefgh'", 109 + 20),
        ("readline()", "b'abcdefghlate'", 155 + 500),  # it reads byte by byte: each is a first one
    ],
)
def test_time_outs_for_the_first_byte_and_between_bytes(read, result, until_ms):
    lines = run(
        f"""
        uart = machine.UART(1, 9600, timeout=500, timeout_char=20)
        start = time.ticks_ms()
        uart.write(b"?")
        print(uart.{read})
        print(time.ticks_ms() - start)
        """,
        with_peer({b"?": [(b"abcdefgh", 100_000), (b"late", 150_000)]}),
    )
    assert lines[0] == result
    assert abs(int(lines[1]) - until_ms) <= 1


def test_a_long_time_out_passes_in_full():
    assert run(
        """
        uart = machine.UART(1, 9600, timeout=40_000)
        print(uart.read(1), time.ticks_ms() // 1000)
        """,
        with_peer(),
        seconds=60,
    ) == ["None 40"]


def test_readline_takes_lines_apart():
    assert run(
        """
        uart = machine.UART(1, 9600, timeout=100)
        uart.write(b"?")
        print(uart.readline(), uart.readline(), uart.readline())
        """,
        with_peer({b"?": [(b"one\r\ntwo\r\n", 0)]}),
    ) == ["b'one\\r\\n' b'two\\r\\n' None"]


def test_what_does_not_fit_into_the_receive_buffer_is_lost():
    answer = {b"?": [(bytes(300), 0)]}
    source = """
        uart = machine.UART(1, 9600{})
        uart.write(b"?")
        time.sleep(1)
        print(uart.any())
        """
    assert run(source.format(""), with_peer(answer)) == ["256"]
    assert run(source.format(", rxbuf=1024"), with_peer(answer)) == ["300"]


def test_at_the_wrong_baud_rate_both_ends_hear_noise():
    bench = BoardBench(
        {
            "main.py": """
import machine, time
uart = machine.UART(1, 19200)
uart.write(b"abc")
time.sleep(1)
print(uart.any(), uart.read() == b"answer")
"""
        }
    )
    peer = Peer(bench.queue)
    bench.chip.uarts.units[1].attach(peer)
    bench.queue.at(500_000, lambda: peer.line.send(b"answer"))
    assert printed(bench.run(3)) == ["6 False"]
    assert len(peer.heard) == 3 and peer.heard != b"abc"


def test_a_uart_with_nothing_on_it():
    assert run("""
        uart = machine.UART(2, 9600, timeout=100)
        print(uart.write(b"x"), uart.flush(), uart.read(1))
        uart.deinit()
    """) == ["1 None None"]


# --- I2C


def with_memory(bench):
    bench.chip.i2cs.units[0].attach(0x50, Memory())


def test_i2c():
    assert run(
        """
        i2c = machine.I2C(0, scl=machine.Pin(9), sda=machine.Pin(8), freq=100_000)
        print(i2c.scan(), i2c.writeto(0x50, b"\\x05"), i2c.readfrom(0x50, 3))
        buffer = bytearray(2)
        i2c.readfrom_into(0x50, buffer)
        print(buffer)
        """,
        with_memory,
    ) == ["[80] 1 b'ijk'", "bytearray(b'ij')"]


@pytest.mark.parametrize("call", ["writeto(0x51, b'x')", "readfrom(0x51, 1)", "writeto(0x50, b'\\xff')"])
def test_i2c_without_acknowledge(call):
    attempt = f"""
try:
    machine.I2C(0).{call}
except OSError as error:
    print(error.errno)
"""
    assert run(attempt, with_memory) == [str(ENODEV)]


# --- the rest


def test_the_unique_id_is_the_mac():
    assert run_main("import machine\nprint(machine.unique_id())") == [repr(MAC)]

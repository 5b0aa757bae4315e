"""Board files: the ones that come with citynode are sound, and each fault gets exactly its message."""

import pytest

from host_tools.boards import BoardError, board_names, load_board, schemas, schemas_with, table_of
from host_tools.boards.model import part_kinds
from tests.host_tools.board_files import edited, faults, loaded

# The ESP32 has another pinout: this makes the smart pole's file a sound one for it.
FOR_ESP32 = [
    ('"esp32s3"', '"esp32"'),
    ("rx = 16\nde = 42", "rx = 34\nde = 23"),
    ("sda = 8\nscl = 9\n", "sda = 21\nscl = 22\n"),
    (
        "pwrkey = 6, reset = 7, psm_eint = 10, power = 11",
        "pwrkey = 25, reset = 26, psm_eint = 27, power = 32",
    ),
]


@pytest.mark.parametrize("name", board_names())
def test_the_boards_that_come_with_citynode(name):
    board = load_board(name)
    assert board.name == name
    assert schemas()[table_of(board).schema_id].product == name


def test_a_board_of_ones_own_by_file_and_by_folder(tmp_path, monkeypatch):
    (tmp_path / "board.toml").write_text(edited(('title = "Smart pole"', 'title = "Mine"')))
    (tmp_path / "smart_pole").mkdir()  # as `citynode build` leaves behind, in its own folder
    monkeypatch.chdir(tmp_path)
    assert load_board("board.toml").title == load_board(".").title == "Mine"
    assert load_board("smart_pole").title == "Smart pole"


def test_a_table_of_ones_own_is_added_to_the_known_ones(tmp_path):
    own = loaded(tmp_path, edited(('unit = "Cel", scale = 0.01', 'unit = "Cel", scale = 0.1')))
    ids = set(schemas_with(own)) - set(schemas())
    assert ids == {table_of(own).schema_id}


def test_a_sound_file_for_the_esp32(tmp_path):
    assert loaded(tmp_path, edited(*FOR_ESP32)).chip == "esp32"


SHAPE = [
    ('title = "Smart pole"\n', "", "title: must be given"),
    ('title = "Smart pole"\n', 'title = "x"\ncolour = 1\n', "colour: there is no such key"),
    ("tx = 17\n", "txd = 17\ntx = 17\n", "uart.modem.txd: there is no such key"),
    ("tx = 17\n", 'tx = "17"\n', "uart.modem.tx: Input should be a valid integer"),
    ('name = "smart_pole"', 'name = "Smart pole"', "name: String should match pattern '^[a-z][a-z0-9_]*$'"),
    ("report_s = 60 ", "report_s = 86401 ", "report_s: Input should be less than or equal to 86400"),
    ("sample_s = 60 ", "sample_s = 0 ", "sample_s: Input should be greater than 0"),
    ("send_s = 0 ", "send_s = -1 ", "send_s: Input should be greater than or equal to 0"),
    ("send_s = 0 ", "health_s = 0 ", "health_s: Input should be greater than 0"),
    ("listens = true", "listens = 1", "listens: Input should be a valid boolean"),
    ("safe = 100", "safe = 101", "outputs.lamp.safe: Input should be less than or equal to 100"),
    ("safe = 100 ", "# safe = 100 ", "outputs.lamp.safe: must be given"),
    ('"8MB"', '"5MB"', "flash_size: Input should be '4MB', '8MB' or '16MB'"),
    ('"3418/0/1"', '"3418/1"', "points.voltage.path: String should match pattern '^\\d+/\\d+/\\d+$'"),
    ('"V", scale = 0.1', '"V", scale = 0', "points.voltage.scale: Input should be greater than 0"),
    ('"V", scale = 0.1', '"V", scale = inf', "points.voltage.scale: Input should be a finite number"),
]
AS_SPI = 'part = "bl0942_spi"\nspi = "meter"\npins = { cs = 14 }\n'
AS_UART = 'part = "bl0942"\nuart = "rs485"\n'
BOARD = [
    ('name = "smart_pole"', 'name = "health"', "name: 'health' is the table of boards/health.toml"),
    (
        'title = "Smart pole"\n',
        'title = "Mine"\napplication = "mine"\n',
        "application: there is no firmware/mine.py with a class Application",
    ),
    (
        'title = "Smart pole"\n',
        'title = "Mine"\napplication = "sampler"\n',
        "application: there is no firmware/sampler.py with a class Application",
    ),
    ("sample_s = 60 ", "sample_s = 61 ", "sample_s: 61 s is longer than report_s, 60 s"),
    (
        "listens = true",
        "listens = true\nsleeps = true",
        "listens: a node with sleeps cannot be reached at any time",
    ),
    (
        'apn = "cmnbiot"',
        "psm_s = [16, 86400]",
        "listens: a node with modem.psm_s cannot be reached at any time",
    ),
    ('part = "lamp"\nsafe', 'part = "lamps"\nsafe', "outputs.lamp.part: the board has no part 'lamps'"),
    ('part = "lamp"\nsafe', 'part = "noise"\nsafe', "outputs.lamp.part: noise_modbus cannot be set"),
    (
        "[outputs.lamp]\n",
        "".join(f'[outputs.more{n}]\npart = "none{n}"\nsafe = 0\n\n' for n in range(6)) + "[outputs.lamp]\n",
        "outputs: 7, more than 6",
    ),
    (
        "[outputs.lamp]\n",
        '[outputs.other]\npart = "lamp"\nsafe = 0\n\n[outputs.lamp]\n',
        "outputs.lamp.part: lamp is already the output other",
    ),
    ('"esp32s3"', '"esp8266"', "chip: there is no chip 'esp8266'; known are esp32, esp32s3, esp32c3"),
    ("tx = 17\n", "tx = 18\n", "uart.modem.rx: GPIO18 is already used by uart.modem.tx"),
    ("{ pwm = 12 }", "{ pwm = 9 }", "parts.lamp.pins.pwm: GPIO9 is already used by i2c.sensors.scl"),
    ("tx = 17\n", "tx = 22\n", "uart.modem.tx: the ESP32-S3 has no GPIO22"),
    ("tx = 17\n", "tx = -1\n", "uart.modem.tx: the ESP32-S3 has no GPIO-1"),
    ("tx = 17\n", "tx = 27\n", "uart.modem.tx: GPIO27 of the ESP32-S3 is taken by SPI flash"),
    ("tx = 17\n", "tx = 19\n", "uart.modem.tx: GPIO19 of the ESP32-S3 is taken by USB"),
    ("tx = 17\n", "tx = 43\n", "uart.modem.tx: GPIO43 of the ESP32-S3 is taken by UART0 console"),
    ("id = 2\n", "id = 3\n", "uart.rs485.id: the ESP32-S3 has no UART3, only 0 to 2"),
    ("id = 2\n", "id = 1\n", "uart.rs485.id: UART1 is already uart.modem"),
    ("id = 2\n", "id = 0\n", "uart.rs485.id: UART0 is the console of the ESP32-S3"),
    (
        "[spi.meter]\nid = 1\n",
        "[spi.meter]\nid = 0\n",
        "spi.meter.id: the ESP32-S3 has no SPI0, only 1 to 2",
    ),
    ("miso = 13\n", "miso = 12\n", "parts.lamp.pins.pwm: GPIO12 is already used by spi.meter.miso"),
    (
        "[i2c.sensors]\nid = 0\n",
        "[i2c.sensors]\nid = 2\n",
        "i2c.sensors.id: the ESP32-S3 has no I2C2, only 0 to 1",
    ),
    ("[i2c.sensors]", "[i2c.modem]", "i2c.modem: there is a uart.modem too; a bus has a name of its own"),
    ("[spi.meter]", "[spi.modem]", "spi.modem: there is a uart.modem too; a bus has a name of its own"),
]
PARTS = [
    (
        'part = "bl0942_spi"',
        'part = "bl0910"',
        "parts.meter.part: there is no part 'bl0910'; known are " + ", ".join(part_kinds()),
    ),
    ('"bc26"\nuart = "modem"\n', '"bc26"\n', "modem.uart: must be given, bc26 is on UART"),
    (
        'spi = "meter"',
        'spi = "metre"',
        "parts.meter.spi: the board has no spi.metre; it has meter",
    ),
    ('spi = "meter"\n', 'spi = "meter"\ni2c = "sensors"\n', "parts.meter.i2c: bl0942_spi is not on I2C"),
    ('spi = "meter"\n', "", "parts.meter.spi: must be given, bl0942_spi is on SPI"),
    (
        "pins = { cs = 14 }\n",
        'pins = { cs = 14 }\n\n[parts.second]\npart = "bl0942_spi"\nspi = "meter"\npins = { cs = 21 }\n',
        "parts.second.spi: spi.meter already has parts.meter",
    ),
    (AS_SPI, AS_UART.replace("rs485", "modem"), "parts.meter.uart: uart.modem already has modem"),
    (
        'uart = "rs485"',
        'uart = "modem"',
        "parts.noise.uart: uart.modem has no direction pin `de`, and noise_modbus needs one",
    ),
    (
        AS_SPI,
        AS_UART,
        "parts.meter.uart: uart.rs485 has a direction pin `de`, and bl0942 is not on RS-485",
    ),
    ("address = 0x44\n", "", "parts.climate.address: must be given for sht4x: 0x44, 0x45"),
    (
        "address = 0x44\n",
        "address = 0x46\n",
        "parts.climate.address: sht4x can be at 0x44, 0x45, not at 0x46",
    ),
    ("address = 1\n", "address = 248\n", "parts.noise.address: noise_modbus can be at 1 to 247, not at 0xf8"),
    ('spi = "meter"\n', 'spi = "meter"\naddress = 1\n', "parts.meter.address: bl0942_spi has no address"),
    (
        "address = 0x44\n",
        'address = 0x44\n\n[parts.second]\npart = "sht4x"\ni2c = "sensors"\naddress = 0x44\n',
        "parts.second.i2c: i2c.sensors already has parts.climate at address 0x44",
    ),
    ("pins = { pwm = 12 }\n", "", "parts.lamp.pins: dimmer needs pin 'pwm'"),
    ("{ pwm = 12 }", "{ pwm = 12, dali = 13 }", "parts.lamp.pins.dali: dimmer has no such pin; it has pwm"),
    (
        "address = 0x44\n",
        "address = 0x44\npins = { alert = 21 }\n",
        "parts.climate.pins.alert: sht4x has no such pin; it has none",
    ),
    (AS_SPI, 'part = "bc26"\nuart = "rs485"\n', "parts.meter.part: bc26 is a modem"),
]
CHOICES = "twelve digits or 'AAAAAAAAAAAA', as text"
METER = 'part = "dlt645_meter"\nuart = "rs485"\n'
LINES = [
    (METER, f"parts.mains.address: must be given for dlt645_meter: {CHOICES}"),
    (
        METER + "address = 202501234567\n",
        f"parts.mains.address: dlt645_meter can be at {CHOICES}, not at 0x2f26039f87",
    ),
    (
        METER + 'address = "20250123456x"\n',
        f"parts.mains.address: dlt645_meter can be at {CHOICES}, not at '20250123456x'",
    ),
    (
        METER + 'address = "202501234567"\n',
        "uart.rs485.parity: must be 'even' for the DL/T 645 of parts.mains",
    ),
    (
        METER + 'address = "202501234567"\n',
        "parts.mains.uart: uart.rs485 carries the Modbus RTU of parts.noise, not DL/T 645",
    ),
    (
        'part = "battery"\npins = { adc = 21 }\n',
        "parts.mains.pins.adc: GPIO21 of the ESP32-S3 has no ADC",
    ),
    ('part = "contactor"\npins = { coil = 21 }\n', "parts.mains.pins: contactor needs pin 'feedback'"),
]
POINTS = [
    ('"meter.voltage_mv"', '"motor.voltage_mv"', "points.voltage.source: the board has no part 'motor'"),
    (
        '"climate.humidity_mpct"',
        '"climate.dew_point"',
        "points.humidity.source: sht4x measures temperature_mdegc, humidity_mpct, not 'dew_point'",
    ),
    ('unit = "V"', 'unit = "kV"', "points.voltage.unit: meter.voltage_mv is in V, not in kV"),
    (
        '"V", scale = 0.1',
        '"V", scale = 0.0015',
        "points.voltage.scale: 0.0015 is no multiple of the driver's step, 0.001",
    ),
    (
        '"V", scale = 0.1',
        '"V", scale = 1e9',
        "points.voltage.scale: 1000000000 is 1000000000000 of the driver's steps, more than 1073741823",
    ),
    ('"V", scale = 0.1', '"bpm", scale = 0.1', "points.voltage.unit: meter.voltage_mv is in V, not in bpm"),
    (
        '"3303/0/5700"',
        '"3304/0/5700"',
        "points.humidity.path: 3304/0/5700 is already the path of temperature",
    ),
    ("\nnoise = {", "\nrsrp = {", "points.rsrp: boards/health.toml has a point of that name"),
]


@pytest.mark.parametrize(("old", "new", "message"), SHAPE + BOARD + PARTS + POINTS)
def test_a_fault_and_its_message(tmp_path, old, new, message):
    """Some faults have others in their wake: a part that is no part measures nothing."""
    assert message in faults(tmp_path, edited((old, new)))


@pytest.mark.parametrize(("old", "new", "message"), SHAPE + POINTS)
def test_a_fault_that_stands_alone(tmp_path, old, new, message):
    assert faults(tmp_path, edited((old, new))) == [message]


@pytest.mark.parametrize(("part", "message"), LINES)
def test_a_part_that_does_not_fit(tmp_path, part, message):
    """Some are on the line of the noise sensor too, which is another fault."""
    assert message in faults(tmp_path, edited(("[points]\n", f"[parts.mains]\n{part}\n[points]\n")))


def test_a_driven_input_may_be_input_only(tmp_path):
    door = '[parts.door]\npart = "door_contact"\npins = { contact = 35 }\n\n[parts.lamp]\n'
    assert loaded(tmp_path, edited(*FOR_ESP32, ("[parts.lamp]\n", door))).parts["door"].pins == {
        "contact": 35
    }


def test_pins_of_the_esp32(tmp_path):
    driven = ("sck = 4\n", "sck = 35\n")
    assert faults(tmp_path, edited(*FOR_ESP32, driven)) == [
        "spi.meter.sck: GPIO35 of the ESP32 is input only, and this pin is driven"
    ]


def test_uarts_of_the_esp32(tmp_path):
    third = ("[i2c.sensors]", "[uart.third]\nid = 0\ntx = 2\nrx = 36\nbaudrate = 9600\n\n[i2c.sensors]")
    assert faults(tmp_path, edited(*FOR_ESP32, third)) == [
        "uart: the board uses 3 UARTs, the ESP32 has 3, one of them for the console",
        "uart.third.id: UART0 is the console of the ESP32",
    ]


def test_the_esp32c3_has_fewer_of_everything(tmp_path):
    found = faults(tmp_path, edited(('"esp32s3"', '"esp32c3"')))
    assert found[0] == "uart: the board uses 2 UARTs, the ESP32-C3 has 2, one of them for the console"
    assert "uart.rs485.id: the ESP32-C3 has no UART2, only 0 to 1" in found


def test_all_faults_are_told_at_once(tmp_path):
    assert len(faults(tmp_path, edited(("tx = 17\n", "tx = 22\n"), ("{ pwm = 12 }", "{ pwm = 23 }")))) == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("name = ", "not TOML: Invalid value (at end of document)"),
        (b"\xff\xfe", "not TOML: 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        ("a = 1\na = 2", "not TOML: Cannot overwrite a value (at end of document)"),
    ],
)
def test_not_toml(tmp_path, content, message):
    assert faults(tmp_path, content) == [message]


def test_no_file_and_no_such_board(tmp_path):
    with pytest.raises(BoardError, match=r"nothing\.toml: No such file or directory"):
        load_board(str(tmp_path / "nothing.toml"))
    with pytest.raises(
        BoardError, match=f"there is no board 'bright_pole'; known are {', '.join(board_names())}"
    ):
        load_board("bright_pole")


APN = 'apn = "cmnbiot"'
NOT_LISTENING = ("listens = true", "listens = false")


@pytest.mark.parametrize("asked", ["psm_s = [16, 86400]", "edrx_s = 40.96", 'bands = "5,8"'])
def test_what_may_be_asked_of_the_network(tmp_path, asked):
    assert loaded(tmp_path, edited(NOT_LISTENING, (APN, asked))).name == "smart_pole"


@pytest.mark.parametrize(
    ("asked", "fault"),
    [
        ("psm_s = [20000, 86400]", "modem: "),
        ("edrx_s = 99999.0", "modem: no eDRX cycle is as long as 99999.0 s"),
        ("psm_s = [16]", "modem.psm_s"),
        ('bands = "5;8"', "modem.bands"),
    ],
)
def test_what_cannot_be_asked(tmp_path, asked, fault):
    (told,) = faults(tmp_path, edited(NOT_LISTENING, (APN, asked)))
    assert told.startswith(fault)


def test_a_modem_that_starts_at_another_rate(tmp_path):
    changes = ('part = "bc26"', 'part = "bc28"'), ("pwrkey = 6, reset = 7, psm_eint = 10", "reset = 7")
    (told,) = faults(tmp_path, edited(*changes))
    assert told == "uart.modem.baudrate: bc28 starts with 9600, not 115200"

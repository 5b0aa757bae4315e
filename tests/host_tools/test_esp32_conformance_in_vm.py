"""`esp32`: names, arguments, errors and return types, as MicroPython documents them.

Each table runs in one VM, in order: an expression, and its value or its error.
"""

from tests.host_tools.conformance_bench import check

INVALID_ARG, INVALID_SIZE = "OSError: -258 ESP_ERR_INVALID_ARG", "OSError: -260 ESP_ERR_INVALID_SIZE"
NOT_FOUND = "OSError: -261 ESP_ERR_NOT_FOUND"

PARTITION = [
    ("(Partition.BOOT, Partition.RUNNING, Partition.TYPE_APP, Partition.TYPE_DATA)", "(0, 1, 0, 1)"),
    ("p", "<Partition type=0, subtype=0, address=65536, size=2031616, label=factory, encrypted=0>"),
    ("Partition(Partition.BOOT).info() == p.info() == Partition.find()[0].info()", "True"),
    ("Partition(2)", "ValueError:*"),
    ("Partition('none')", "OSError: 2"),
    ("Partition()", "TypeError: *"),
    ("[d.info()[4] for d in Partition.find(Partition.TYPE_DATA, label='phy_init')]", "['phy_init']"),
    ("d.ioctl(1, 0), d.ioctl(2, 0), d.ioctl(3, 0), d.ioctl(4, 0), d.ioctl(5, 0)", "(0, 0, 0, 1, 4096)"),
    ("d.ioctl(6, 0), d.ioctl(7, 0)", "(0, None)"),
    ("d.writeblocks(0, bytes(4096)), d.readblocks(0, b), b", r"(None, None, bytearray(b'\x00\x00'))"),
    ("d.writeblocks(0, b'x')", INVALID_SIZE),
    ("d.readblocks(1, b)", INVALID_SIZE),
    ("d.readblocks(2, b)", INVALID_ARG),
    ("d.ioctl(6, 1)", INVALID_SIZE),
    # Blocks smaller than a sector: the rest of the sector stays.
    ("s.ioctl(4, 0), s.ioctl(5, 0), s.writeblocks(1, b'a' * 512), s.readblocks(1, b), b", "SMALL"),
    ("s.readblocks(0, b, 511), b", r"(None, bytearray(b'\x00a'))"),
    ("d.set_boot()", "OSError: -5379 ESP_ERR_OTA_VALIDATE_FAILED"),
    ("p.set_boot()", NOT_FOUND),
    ("p.get_next_update()", "OSError: 2"),
    ("Partition.mark_app_valid_cancel_rollback()", NOT_FOUND),
]
ESP32 = [
    ("(WAKEUP_ALL_LOW, WAKEUP_ANY_HIGH, HEAP_DATA, HEAP_EXEC)", "(False, True, 4, 1)"),
    ("[len(heap) for heap in idf_heap_info(HEAP_DATA)]", "[4, 4, 4, 4]"),
    ("idf_heap_info()", "TypeError: *"),
    ("type(mcu_temperature()), gpio_deep_sleep_hold(False)", "(<class 'int'>, None)"),
    ("wake_on_ext0(pin=Pin(4), level=WAKEUP_ANY_HIGH), wake_on_ext0(None, False)", "(None, None)"),
    ("wake_on_ext1(pins=(Pin(4), 5), level=WAKEUP_ALL_LOW), wake_on_ext1(None, True)", "(None, None)"),
    ("wake_on_ext0(Pin(22), True)", "ValueError: invalid pin"),
    ("wake_on_ext1((Pin(4), Pin(40)), True)", "ValueError: invalid pin"),
    ("wake_on_ext0(Pin(4), True), Pin(5).irq(None, Pin.WAKE_LOW, 2)", "ValueError: no resources"),
    ("wake_on_ext0(None, True), Pin(40).irq(None, Pin.WAKE_LOW, 2)", "ValueError: invalid pin for wake"),
    (
        "wake_on_gpio((Pin(4),), True), deepsleep(1)",
        "ValueError: DEEPSLEEP with gpio pins not supported on this chip",
    ),
]


def test_esp32():
    setup = """
    from esp32 import *
    from machine import Pin, deepsleep
    p, d, s, b = Partition(1), Partition("phy_init"), Partition("phy_init", block_size=512), bytearray(2)
    """
    small = "(8, 512, None, None, bytearray(b'aa'))"
    check(setup, [(text, small if result == "SMALL" else result) for text, result in PARTITION + ESP32])
    c3 = [
        ("Pin(4).irq(None, Pin.WAKE_LOW, 4)", "ValueError: invalid pin for wake"),
        ("wake_on_gpio((Pin(6),), True), deepsleep(1)", "ValueError: wake-up pin not supported"),
    ]
    check("from esp32 import wake_on_gpio\nfrom machine import Pin, deepsleep", c3, chip="esp32c3")

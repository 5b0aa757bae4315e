"""`machine.ADC` against voltages on the pins."""

import pytest

from tests.host_tools.board_bench import BoardBench, printed

READS = """
from machine import ADC, Pin
adc = ADC(Pin({pin}), atten=ADC.{atten})
print(adc.read_uv(), adc.read(), adc.read_u16())
"""


@pytest.mark.parametrize(
    ("chip", "pin", "atten", "mv", "printed_line"),
    [
        ("esp32", 34, "ATTN_0DB", 475, "475000 2047 32759"),
        ("esp32", 34, "ATTN_0DB", 2000, "950000 4095 65535"),
        ("esp32", 34, "ATTN_11DB", 2000, "2000000 3342 53485"),
        ("esp32", 34, "ATTN_11DB", 50, "150000 0 0"),
        ("esp32s3", 4, "ATTN_6DB", 5000, "1750000 4095 65535"),
        ("esp32c3", 4, "ATTN_2_5DB", 525, "525000 2047 32759"),
        ("esp32c3", 4, "ATTN_2_5DB", 0, "0 0 0"),
    ],
)
def test_readings_are_clipped_by_the_attenuation(chip, pin, atten, mv, printed_line):
    bench = BoardBench({"main.py": READS.format(pin=pin, atten=atten)}, chip=chip)
    bench.chip.adc.drive_mv(pin, mv)
    assert printed(bench.run())[-1] == printed_line


@pytest.mark.parametrize(("chip", "pin"), [("esp32", 5), ("esp32s3", 21), ("esp32c3", 6)])
def test_a_pin_without_a_converter(chip, pin):
    attempt = f"try:\n    ADC(Pin({pin}))\nexcept ValueError as error:\n    print(error)\n"
    source = f"from machine import ADC, Pin\n{attempt}"
    assert printed(BoardBench({"main.py": source}, chip=chip).run())[-1] == "invalid pin"

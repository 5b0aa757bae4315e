"""`machine` of the simulated ESP32, over the chip's device files."""

from _chip import call
from _operations import UNIQUE_ID

from .adc import ADC
from .i2c import I2C
from .pin import Pin
from .power import (
    DEEPSLEEP_RESET,
    EXT1_WAKE,
    HARD_RESET,
    PIN_WAKE,
    PWRON_RESET,
    SOFT_RESET,
    TIMER_WAKE,
    TOUCHPAD_WAKE,
    ULP_WAKE,
    WDT_RESET,
    bootloader,
    deepsleep,
    lightsleep,
    reset,
    reset_cause,
    soft_reset,
    wake_reason,
)
from .pwm import PWM
from .rtc import RTC
from .timer import Timer
from .uart import UART
from .wdt import WDT


def unique_id():
    """The chip's base MAC."""
    return call(UNIQUE_ID, 0).to_bytes(3, "big") + call(UNIQUE_ID, 1).to_bytes(3, "big")

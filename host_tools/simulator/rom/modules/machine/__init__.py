"""`machine` of the simulated ESP32, over the chip's device files.

A stock image also has the following; here a program that names one gets AttributeError: DAC, I2S,
SDCard, TouchPad, Counter, Encoder (peripherals that no board here has), mem8, mem16, mem32 (registers),
bitstream, dht_readinto (signals of single microseconds), I2CTarget, USBDevice.
"""

import sys as _sys

from .adc import ADC, ADCBlock
from .i2c import I2C, SoftI2C
from .pin import Pin
from .power import (
    DEEPSLEEP_RESET,
    EXT0_WAKE,
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
    disable_irq,
    enable_irq,
    freq,
    idle,
    lightsleep,
    reset,
    reset_cause,
    sleep,
    soft_reset,
    unique_id,
    wake_reason,
)
from .pulse import time_pulse_us
from .pwm import PWM
from .rtc import RTC
from .signal import Signal
from .spi import SPI, SoftSPI
from .timer import Timer
from .uart import UART
from .wake import DEEPSLEEP, SLEEP
from .wdt import WDT

if _sys.implementation._machine.endswith(" ESP32"):
    del bootloader

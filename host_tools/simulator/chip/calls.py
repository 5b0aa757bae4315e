"""How MicroPython code reaches the chip: one device file whose reads are calls.

The simulator's own modules (`rom/`) put an operation number and three integers into a 16-byte frame and
read `/dev/chip` into it; the answer comes back in the frame.  A negative answer is an errno; the word
after it says whether the program has interrupts to handle.
"""

import struct
from collections.abc import Callable

from host_tools.simulator.vm.files import CallFile, errno_of

FRAME = struct.Struct("<iiii")  # operation, three arguments; back: the result, interrupts due, zeroes

# Shared with rom/_chip.py, which is made from this table: operation name -> number.
OPERATIONS = {
    name: number
    for number, name in enumerate(
        (
            "TICKS_US",
            "SLEEP_US",
            "IDLE",
            "RESET",
            "RESET_CAUSE",
            "SET_CLOCK",
            "RANDOM",
            "UNIQUE_ID",
            "PIN_MODE",
            "PIN_WRITE",
            "PIN_READ",
            "PWM_SET",
            "UART_INIT",
            "UART_TIMEOUTS",
            "UART_ANY",
            "UART_WAIT",
            "UART_FLUSH",
            "INTERRUPT_NEXT",
            "INTERRUPTS_DONE",
            "PIN_IRQ",
            "SLEEP_ON",
            "TIMER_CHECK",
            "TIMER_ONE_SHOT",
            "TIMER_PERIODIC",
            "TIMER_STOP",
            "WDT_START",
            "WDT_FEED",
            "RTC_MEMORY_LENGTH",
            "RTC_MEMORY_CLEAR",
            "DEEP_SLEEP",
            "LIGHT_SLEEP",
            "WAKE_SOURCE",
            "WAKE_PIN",
            "WAKE_REASON",
            "ADC_FIND",
            "ADC_MICROVOLTS",
            "ADC_RAW",
            "BOOTLOADER",
            "PIN_REGISTER",
            "PIN_HOLD",
            "PIN_HOLD_ALL",
            "PIN_PULSE",
            "PWM_IN_SLEEP",
            "PWM_STOP",
            "I2C_AT",
            "I2C_PINS",
            "UART_IRQ",
            "UART_IRQ_FLAGS",
            "UART_TX_DONE",
            "UART_BREAK",
            "TIMER_VALUE",
            "INTERRUPTS_ENABLE",
            "DEEP_SLEEP_CHECK",
            "FREQUENCY",
            "SET_FREQUENCY",
            "BLUETOOTH_ON",
            "BLUETOOTH_IS_ON",
            "BLUETOOTH_SCAN",
            "BLUETOOTH_STOP",
        ),
        start=1,
    )
}

Handler = Callable[[int, int, int], int | None]


class ChipCalls(CallFile):
    """`/dev/chip`: dispatches frames to handlers by operation name."""

    def __init__(
        self,
        handlers: dict[str, Handler],
        elapse: Callable[[], None],
        interrupts_due: Callable[[], bool] = lambda: False,
    ):
        """`elapse` lets the stated virtual time of one host call pass."""
        self._handlers = {OPERATIONS[name]: handler for name, handler in handlers.items()}
        self._elapse = elapse
        self._interrupts_due = interrupts_due

    def call(self, frame: bytes) -> bytes:
        operation, a, b, c = FRAME.unpack(frame)
        self._elapse()
        try:
            result = self._handlers[operation](a, b, c) or 0
        except OSError as error:
            result = -errno_of(error)
        return FRAME.pack(result, self._interrupts_due(), 0, 0)

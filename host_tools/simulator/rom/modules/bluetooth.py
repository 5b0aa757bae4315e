"""`bluetooth` as far as a scanner needs it: a stock image has the calls of NimBLE besides.

Those that connect, advertise, pair or serve raise NotImplementedError here; `UUID` and the FLAGs are missing.
Results of active scans have no answers in them: nobody here gives any.
"""

import sys as _sys
import time as _time
from errno import ENODEV as _ENODEV
from struct import unpack_from as _unpack_from

from _chip import call as _call
from _chip import handlers as _handlers
from _operations import BLUETOOTH_IS_ON, BLUETOOTH_ON, BLUETOOTH_SCAN, BLUETOOTH_STOP
from machine import unique_id as _unique_id

_SOURCE = 112  # of interrupts, as the chip numbers them
_START_MS = 150  # to load the radio's calibration and to greet the stack; assumed
_STARTUP_TIMEOUT_MS = 2000  # NIMBLE_STARTUP_TIMEOUT
_RESULT = 5
_ABSENT = "gap_", "gatts_", "gattc_", "l2cap_"


class BLE:
    _only = None

    def __new__(cls):
        if not BLE._only:
            BLE._only = object.__new__(cls)
            BLE._only._handler = None
            _handlers[_SOURCE] = (BLE._only._events, None)
        return BLE._only

    def active(self, on=None):
        """Whether the radio is on; `on` switches it, which takes a moment.  OSError: it does not start."""
        if on is not None and bool(on) != bool(_call(BLUETOOTH_IS_ON)):
            if on:
                _time.sleep_ms(_START_MS)
            try:
                _call(BLUETOOTH_ON, int(bool(on)))
            except OSError:
                _time.sleep_ms(_STARTUP_TIMEOUT_MS - _START_MS)
                raise
        return bool(_call(BLUETOOTH_IS_ON))

    def config(self, *names, **settings):
        """`config("mac")`: (kind of address, address); of what can be set `rxbuf`, which does nothing."""
        if names and settings:
            raise TypeError("can't specify pos and kw args")
        if not settings and len(names) != 1:
            raise TypeError("must query one param")
        for name in names + tuple(settings):
            if name != ("rxbuf" if settings else "mac"):
                raise NotImplementedError("BLE.config of %s is not simulated" % name)
        if names:
            if not self.active():
                raise OSError(_ENODEV)
            mac = _unique_id()
            return 0, mac[:5] + bytes(((mac[5] + 2) & 0xFF,))

    def irq(self, handler):
        """handler(event, data) of each result (5) and at the end (6); memoryviews are valid only within."""
        if handler is not None and not callable(handler):
            raise ValueError("invalid handler")
        self._handler = handler

    def gap_scan(self, duration_ms=0, interval_us=1280000, window_us=11250, active=False):
        """Listen for so long, 0: until `gap_scan(None)`; ENODEV while it is not active."""
        if duration_ms is None:
            _call(BLUETOOTH_STOP)
        else:
            _call(BLUETOOTH_SCAN, duration_ms, interval_us, window_us)

    def __getattr__(self, name):
        if name.startswith(_ABSENT):
            raise NotImplementedError("BLE.%s is not simulated" % name)
        raise AttributeError(name)

    def _events(self, _):
        frame = bytearray(42)
        with open("/dev/bluetooth", "r+b") as file:
            while file.readinto(frame) and frame[0]:
                self._tell(frame)

    def _tell(self, frame):
        event, kind, advertisement, rssi, length = _unpack_from("<BBBbB", frame)
        if not self._handler:
            return
        whole = memoryview(frame)
        facts = (kind, whole[5:11], advertisement, rssi, whole[11 : 11 + length])
        try:
            self._handler(event, facts if event == _RESULT else ())
        except Exception as error:
            _sys.print_exception(error)
        frame[:] = bytes(len(frame))  # who kept them sees that they are not valid any more

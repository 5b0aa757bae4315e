"""`network` where no access point is in reach: programs can look, and find that there is no Wi-Fi.

Sockets, Ethernet and the access point's guests are not here. ESP-IDF's figures for the constants.
"""

import sys as _sys
import time as _time

from machine import unique_id as _unique_id

STA_IF, AP_IF = 0, 1
STAT_IDLE, STAT_CONNECTING, STAT_GOT_IP = 1000, 1001, 1010
STAT_BEACON_TIMEOUT, STAT_NO_AP_FOUND, STAT_WRONG_PASSWORD = 200, 201, 202
STAT_ASSOC_FAIL, STAT_HANDSHAKE_TIMEOUT = 203, 204
AUTH_OPEN, AUTH_WEP, AUTH_WPA_PSK, AUTH_WPA2_PSK, AUTH_WPA_WPA2_PSK = 0, 1, 2, 3, 4
AUTH_WPA2_ENTERPRISE, AUTH_WPA3_PSK, AUTH_WPA2_WPA3_PSK = 5, 6, 7
MODE_11B, MODE_11G, MODE_11N, MODE_LR = 1, 2, 4, 8

_SCAN_MS = 2200  # all channels, once
_NO_ADDRESS = ("0.0.0.0", "0.0.0.0", "0.0.0.0", "0.0.0.0")
_AP_ADDRESS = ("192.168.4.1", "255.255.255.0", "192.168.4.1", "0.0.0.0")

_names = {"hostname": "mpy-" + _sys.implementation._machine.rpartition(" ")[2].lower(), "country": "XX"}
_interfaces = {}  # interface -> its one WLAN, as on the port


class WLAN:
    IF_STA, IF_AP = STA_IF, AP_IF
    PM_NONE, PM_PERFORMANCE, PM_POWERSAVE = 0, 1, 2

    def __new__(cls, interface=STA_IF):
        return _interfaces.get(interface) or object.__new__(cls)

    def __init__(self, interface=STA_IF):
        if interface in _interfaces:
            return
        if interface not in (STA_IF, AP_IF):
            raise ValueError("invalid WLAN interface identifier")
        _interfaces[interface] = self
        self._station = interface == STA_IF
        self._active = False
        self._asked_ms = None  # when `connect` was called
        mac = _unique_id()
        self._settings = {
            "mac": mac if self._station else mac[:5] + bytes([(mac[5] + 1) & 0xFF]),  # the next address
            "ssid": "" if self._station else "ESP_%02X%02X%02X" % tuple(mac[3:]),
            "channel": 1,
            "reconnects": 0,
            "pm": self.PM_PERFORMANCE,
            "txpower": 20,
            "hidden": False,
            "security": AUTH_OPEN,
            "max_clients": 4,
        }

    def active(self, on=None):
        if on is None:
            return self._active
        self._active = bool(on)
        self._asked_ms = None

    def _must_be_active(self, complaint):
        if not self._station:
            raise OSError("STA required")
        if not self._active:
            raise OSError(complaint)

    def scan(self):
        """Nothing, after the time that all channels take."""
        self._must_be_active("STA must be active")
        _time.sleep_ms(_SCAN_MS)
        return []

    def connect(self, ssid=None, key=None, *, bssid=None):
        self._must_be_active("Wifi Not Started")
        if ssid is not None:
            self._settings["ssid"] = ssid
        self._asked_ms = _time.ticks_ms()

    def disconnect(self):
        self._must_be_active("Wifi Not Started")
        self._asked_ms = None

    def isconnected(self):
        return False

    def status(self, what=None):
        """Connecting: for ever, or until as many tries as `config(reconnects=)` says have found nothing."""
        if what == "stations" and not self._station:
            return []
        if what is not None or not self._station:
            raise ValueError("unknown status param")
        if self._asked_ms is None:
            return STAT_IDLE
        tries = _time.ticks_diff(_time.ticks_ms(), self._asked_ms) // _SCAN_MS
        limit = self._settings["reconnects"]
        return STAT_NO_AP_FOUND if 0 < limit <= tries else STAT_CONNECTING

    def config(self, *names, **settings):
        """One value by its name, or set some: mac, ssid, channel, reconnects, pm, txpower and others."""
        if names and settings:
            raise TypeError("either pos or kw args are allowed")
        for name in names + tuple(settings):
            if name not in self._settings and name != "hostname":
                raise ValueError("unknown config param")
        if settings:
            if "hostname" in settings:
                hostname(settings.pop("hostname"))
            self._settings.update(settings)
            return
        if len(names) != 1:
            raise TypeError("can query only one param")
        return hostname() if names[0] == "hostname" else self._settings[names[0]]

    def ifconfig(self, addresses=None):
        """(address, netmask, gateway, DNS)"""
        if addresses is None:
            return _NO_ADDRESS if self._station else _AP_ADDRESS


def hostname(name=None):
    if name is None:
        return _names["hostname"]
    if len(name) > 32:
        raise ValueError
    _names["hostname"] = name


def country(code=None):
    if code is None:
        return _names["country"]
    if len(code) != 2:
        raise ValueError
    _names["country"] = code

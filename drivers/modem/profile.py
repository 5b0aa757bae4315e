"""What a module's profile holds, and the part of it that 3GPP TS 27.007 gives to all modules."""

from protocols.at import command


class Profile:
    """A dialect as data.  A module's profile is a subclass; `BC26(sync_tries=30)` changes a setting.

    A pin script is a tuple of steps (pin, on, hold_ms): drive the pin, then wait.  "On" is pressed for
    a key and powered for a supply; `active_level` translates it.  Pins that the board lacks are skipped.
    """

    active_level = 1  # a transistor between pin and key inverts, so 1 pulls the key low
    power_on = ()  # pin script for a module that is off
    power_off = ()  # pin script for a module that no longer answers; `power_on` follows

    sync = command("AT", timeout_ms=300)
    probe_tries = 3  # is the module on already?
    sync_tries = 20  # how long it may take to boot
    setup = ()  # script after every start; echo off comes first
    sim_busy_codes = (14,)  # +CME ERROR: SIM busy (TS 27.007 9.2.1)
    sim_tries = 10  # one a second
    identity = ()  # pairs (name, command); the value is the first field, or the line if it has no name

    radio_on = (command("AT+CFUN=1", timeout_ms=85_000),)
    radio_off = (command("AT+CFUN=0", timeout_ms=85_000),)  # slow while the module looks for its network
    registration = command("AT+CEREG?", ("+CEREG: #,#", "+CEREG: #,#,*"))
    registration_timeout_ms = 180_000  # a first search easily takes minutes
    clock = command("AT+CCLK?", "+CCLK: *")
    clock_is_local = True  # TS 27.007 8.15; some firmware prints UTC

    line_limit = 1100  # a 512-byte datagram in hex and its header
    datagram_limit = 512
    datagram_queue = 4  # datagrams a socket keeps for a slow reader

    def __init__(self, **settings):
        for name, value in settings.items():
            if not hasattr(self, name):
                raise TypeError("no such modem setting: " + name)
            setattr(self, name, value)

"""What a module's profile holds, and the part of it that 3GPP TS 27.007 gives to all modules."""

from protocols.at import command


class Profile:
    """A dialect as data.  A module's profile is a subclass; `BC26(sync_tries=30)` changes a setting.

    A pin script is a tuple of steps (pin, on, hold_ms): drive the pin, then wait.  "On" is pressed for
    a key and powered for a supply; `active_level` translates it.  Pins that the board lacks are skipped.
    A script is a tuple of commands; their `{name}` fields are named where they are filled in.
    """

    # -- pins; an empty script: the module has no such means
    active_level = 1  # a transistor between pin and key inverts, so 1 pulls the key low
    power_on = ()  # for a module that is off, or asleep
    wake = ()  # for one that is asleep; () if AT alone wakes it
    reset_pin = ()  # the last three are rungs of the ladder: each leads to a module that boots
    power_key = ()
    power_rail = ()

    # -- first words
    sync = command("AT", timeout_ms=300)
    probe_tries = 3  # is the module on already?
    sync_tries = 20  # how long it may take to boot, or to wake
    boot_ms = 3000  # after a reboot by command
    soft_reset = ()  # script
    setup = ()  # script after every start; echo off comes first
    # What the module keeps, or needs before it attaches: rows (setting that must be given, question, fields
    # with which one line of the answer begins, script if none does, script that then reboots or None).
    stored = ()

    # -- SIM and network
    sim = command("AT+CPIN?", "+CPIN: *")  # None: the module has no such question
    sim_busy_codes = (14,)  # +CME ERROR: SIM busy (TS 27.007 9.2.1)
    sim_tries = 10  # one a second
    identity = ()  # pairs (name, command); the value is the first field, or the line if it has no name
    radio_on = (command("AT+CFUN=1", timeout_ms=85_000),)
    radio_off = (command("AT+CFUN=0", timeout_ms=85_000),)  # slow while the module looks for its network
    attach = (command("AT+CGATT=1", timeout_ms=85_000),)
    registration = command("AT+CEREG?", ("+CEREG: #,#", "+CEREG: #,#,*"))
    registration_timeout_ms = 180_000  # a first search easily takes minutes
    ask_again_ms = 10_000  # while the network is looked for: URCs get lost
    clock = command("AT+CCLK?", "+CCLK: *")
    clock_is_local = True  # TS 27.007 8.15; some firmware prints UTC
    signal = None  # command
    signal_fields = ()  # rows (name, how the line begins, field, divisor)

    # -- power saving; `{active}`, `{periodic}` and `{edrx}` as in protocols.power_saving
    psm_on = (command('AT+CPSMS=1,,,"{periodic}","{active}"'),)
    psm_off = (command("AT+CPSMS=0"),)
    edrx_on = (command('AT+CEDRXS=1,5,"{edrx}"'),)
    edrx_off = (command("AT+CEDRXS=0,5"),)
    edrx_granted = command("AT+CEDRXRDP", ("+CEDRXRDP: #", "+CEDRXRDP: #,*"))  # type, asked, granted, window
    sleep = ()  # script that lets go of the module
    awake = ()  # script that holds it
    sleeps_unasked = False  # once in PSM its UART is deaf, whatever was said
    sockets_survive_sleep = False

    # -- datagrams
    sockets = 5
    create_udp = None  # command whose answer ends with the socket's number; None: we choose it
    open_udp = None  # {number}, {host}, {port}; None: creating it is enough
    open_udp_error_field = None  # of its final line; "0" is good
    set_rai = None  # command before the datagram, {rai}; None: `send_udp` carries it
    rai = (0, 1, 2)  # as the module spells none, nothing follows, one downlink
    send_udp = None  # {number}, {host}, {port}, {length}, {digits}, {data} in hex, {rai}, {sequence}
    sends_raw = False  # the datagram goes as the payload of `send_udp`
    close_udp = None  # {number}
    read_udp = None  # for modules that only announce: {number}, {length}; its answer has `read_data` in hex
    read_data = 4
    datagram_fields = (1, 2, 3)  # of the URC: socket, length, hex or payload
    length_unit = 1  # 2: the length counts hex digits
    closed_field = 0  # of the URC: socket

    line_limit = 1100  # a 512-byte datagram in hex and its header
    datagram_limit = 512
    datagram_queue = 4  # datagrams a socket keeps for a slow reader

    def __init__(self, **settings):
        for name, value in settings.items():
            if not hasattr(self, name):
                raise TypeError("no such modem setting: " + name)
            setattr(self, name, value)

"""Quectel BC28, BC35-G and BC95 R2.0 (HiSilicon Hi2115): the dialect.

Sources: Quectel BC35-G&BC28&BC95 R2.0 AT Commands Manual V1.0; BC26/BC28/M26 Compatible Design V1.1.
A value that no manual states is marked "assumed".
"""

from drivers.modem.profile import Profile
from protocols.at import command


class BC28(Profile):
    # It starts with its supply, at 9600 baud.  RESET low for at least 100 ms; it talks 4 s after either.
    power_on = (("power", True, 3800),)
    reset_pin = (("reset", True, 150), ("reset", False, 4000))
    power_rail = (("power", False, 2000),) + power_on
    boot_ms = 5000
    soft_reset = (command("AT+NRB", final="REBOOTING*"),)

    # No platform client (it would own socket 0), datagrams whole in the line that announces them.
    setup = (
        command("ATE0"),
        command("AT+CMEE=1"),
        command("AT+QREGSWT=2"),
        command("AT+NSONMI=2"),
        command("AT+CEREG=5"),
        command("AT+CSCON=1"),
        command("AT+NPSMR=1"),
        command("AT+NIPINFO=1"),
    )
    # Attached by itself it would take the network's APN first, and refuse AT+CGATT=1.
    stored = (
        (
            "always",
            command("AT+NCONFIG?", "+NCONFIG: *"),
            "AUTOCONNECT,FALSE",
            (command("AT+NCONFIG=AUTOCONNECT,FALSE"),),
            soft_reset,
        ),
        (
            "bands",
            command("AT+NBAND?", "+NBAND: *"),
            "{bands}",
            Profile.radio_off + (command("AT+NBAND={bands}"),),
            None,
        ),
        (
            "apn",
            command("AT+CGDCONT?", ("", "+CGDCONT: *")),
            "0,IP,{apn}",
            Profile.radio_off + (command('AT+CGDCONT=0,"IP","{apn}"'),),
            None,
        ),
    )

    sim = None
    identity = (
        ("imei", command("AT+CGSN=1", "+CGSN: ###############")),
        ("imsi", command("AT+CIMI", "###############")),
        ("iccid", command("AT+NCCID?", "+NCCID: *")),
    )
    radio_on = (command("AT+CFUN=1", timeout_ms=85_000), command("AT+CGATT=1"))
    # Every line of AT+NUESTATS; the values are in tenths.
    signal = command(
        "AT+NUESTATS",
        (
            "Signal power:*",
            "Total power:*",
            "TX power:*",
            "TX time:*",
            "RX time:*",
            "Cell ID:*",
            "ECL:*",
            "SNR:*",
            "EARFCN:*",
            "PCI:*",
            "RSRQ:*",
            "OPERATOR MODE:*",
            "CURRENT BAND:*",
        ),
    )
    signal_fields = (
        ("rsrp_dbm", "Signal power", 0, 10),
        ("rsrq_db", "RSRQ", 0, 10),
        ("snr_db", "SNR", 0, 10),
        ("ecl", "ECL", 0, 1),
    )

    psm_on = (command("AT+CPSMS=1,,,{periodic},{active}"),)
    # The first characters wake it, and are lost.  Whether sockets live through PSM is not documented.
    sleeps_unasked = True

    sockets = 7
    create_udp = command("AT+NSOCR=DGRAM,17,0,1", "#")
    send_udp = command(
        "AT+NSOSTF={number},{host},{port},{rai},{length},{data},{sequence}", "#,*", timeout_ms=10_000
    )
    rai = ("0x0", "0x200", "0x400")
    close_udp = command("AT+NSOCL={number}")
    datagram_fields = (0, 3, 4)
    line_limit = 1100

    urcs = (
        ("registration", "+CEREG: #"),
        ("registration", "+CEREG: #,*"),
        ("datagram", "+NSONMI: #,*"),
        ("sent", "+NSOSTR: #,*"),
        ("closed", "+NSOCLI: #"),
        ("boot", "REBOOT_CAUSE_*"),
        ("ready", "Neul"),
        ("address", "+NIPINFO: *"),
        ("asleep", "+NPSMR: 1"),
        ("awake", "+NPSMR: 0"),
        ("connected", "+CSCON: #"),
    )

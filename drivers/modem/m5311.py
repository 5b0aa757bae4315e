"""China Mobile M5311 (MediaTek MT2625): the dialect.

Source: M5311 AT Command Interface Specification V2.4; pulse lengths as RT-Thread's at_device driver has them.
Its hardware manual is not public: pins, timings after a reset and currents are assumed to be those of BC26.
"""

from drivers.modem.profile import Profile
from protocols.at import command


class M5311(Profile):
    wake = (("wakeup_in", True, 100), ("wakeup_in", False, 200))
    power_key = (("pwrkey", True, 600), ("pwrkey", False, 2100))
    power_on = (("power", True, 100),) + wake + power_key
    reset_pin = (("reset", True, 100), ("reset", False, 2100))
    power_rail = (("power", False, 2000),) + power_on
    boot_ms = 5000
    soft_reset = (command("AT+CMRB"),)

    # Datagrams as hex, with their source, in the line that announces them.
    setup = (
        command("ATE0"),
        command("AT+CMEE=1"),
        command("AT+SM=LOCK_FOREVER"),
        command("AT*SLEEP=1"),
        command("AT*MATWAKEUP=1"),
        command("AT+IPRCFG=1,2,1"),
        command("AT+CEREG=5"),
    )
    identity = (
        ("imei", command("AT+CGSN", "###############")),
        ("imsi", command("AT+CIMI", "###############")),
        ("iccid", command("AT+ICCID", "+ICCID: *")),
    )
    stored = (
        (
            "apn",
            command("AT*CGDEFCONT?", "*CGDEFCONT: *"),
            "IP,{apn}",
            (command('AT*CGDEFCONT="IP","{apn}"'),) + Profile.radio_off,
            None,
        ),
    )

    # The manual says dBm, and its example shows tenths; what is behind RSRQ is assumed to be as on BC26.
    signal = command("AT*ENGINFO=0", ("*ENGINFOSC: *", "*ENGINFONC: *"))
    signal_fields = (
        ("rsrp_dbm", "*ENGINFOSC", 4, 10),
        ("rsrq_db", "*ENGINFOSC", 5, 10),
        ("snr_db", "*ENGINFOSC", 7, 10),
        ("ecl", "*ENGINFOSC", 10, 1),
    )

    sleep = (command("AT+SM=UNLOCK"),)
    # Whether sockets and their settings live through deep sleep is not documented.
    awake = (command("AT+SM=LOCK_FOREVER"), command("AT+IPRCFG=1,2,1"))

    sockets = 6
    open_udp = command('AT+IPSTART={number},"UDP","{host}",{port}', timeout_ms=30_000)
    set_rai = command("AT*NBIOTRAI={rai}")
    send_udp = command('AT+IPSEND={number},{length},"{data}"', "+IPSEND: #,*", timeout_ms=20_000)
    close_udp = command("AT+IPCLOSE={number}")
    datagram_fields = (0, 3, 4)

    urcs = (
        ("registration", "+CEREG: #"),
        ("registration", "+CEREG: #,*"),
        ("datagram", "+IPRD: #,*"),
        ("closed", "+IPCLOSE: #"),
        ("ready", "*ATREADY: #"),
        ("ready", "+CFUN: 1"),
        ("sim", "+CPIN: *"),
        ("address", "+IP: *"),
        ("asleep", "*GOTOSLEEP"),
        ("awake", "*MATWAKEUP"),
        ("connected", "+CSCON: #"),
    )

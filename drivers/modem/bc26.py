"""Quectel BC26 (MediaTek MT2625): the dialect.

Sources: Quectel BC26 Hardware Design V1.0; BC26 AT Commands Manual V1.1; BC26 TCP/IP AT Commands
Manual V1.0; BC26-OpenCPU Low Power note V1.1.  A value that no manual states is marked "assumed".
"""

from drivers.modem.profile import Profile
from protocols.at import command


class BC26(Profile):
    # PWRKEY low for at least 500 ms boots, and must be released again or the module never sleeps deeply.
    # It talks about 2 s later.  A falling edge of PSM_EINT wakes it from sleep.
    wake = (("psm_eint", True, 100), ("psm_eint", False, 200))
    power_key = (("pwrkey", True, 550), ("pwrkey", False, 600))
    power_on = (("power", True, 100),) + wake + power_key
    reset_pin = (("reset", True, 100), ("reset", False, 600))  # low for at least 50 ms
    power_rail = (("power", False, 2000),) + power_on  # how long the rail needs to fall is assumed
    soft_reset = (command("AT+QRST=1"),)

    # Echo off, errors as numbers, no sleep, datagrams as hex in the line that announces them.
    setup = (
        command("ATE0"),
        command("AT+CMEE=1"),
        command("AT+QSCLK=0"),
        command('AT+QICFG="dataformat",1,1'),
        command('AT+QICFG="viewmode",1'),
        command("AT+CEREG=5"),
        command("AT+CSCON=1"),
    )
    identity = (
        ("imei", command("AT+CGSN=1", "+CGSN: ###############")),
        ("imsi", command("AT+CIMI", "###############")),
        ("iccid", command("AT+QCCID", "+QCCID: *")),
    )

    # Used from the next CFUN=0/1 on.
    stored = (
        (
            "apn",
            command("AT+QCGDEFCONT?", "+QCGDEFCONT: *"),
            "IP,{apn}",
            (command('AT+QCGDEFCONT="IP","{apn}"'),) + Profile.radio_off,
            None,
        ),
        ("bands", command("AT+QBAND?", "+QBAND: *"), "{bands}", (command("AT+QBAND={count},{bands}"),), None),
    )

    # The serving cell is line 0, its neighbours are lines 1.
    signal = command("AT+QENG=0", ("+QENG: 0,*", "+QENG: 1,*"))
    signal_fields = (
        ("rsrp_dbm", "+QENG", 5, 1),
        ("rsrq_db", "+QENG", 6, 1),
        ("snr_db", "+QENG", 8, 1),
        ("ecl", "+QENG", 11, 1),
    )

    # QSCLK=1: sleep as deep as may be, and only PSM_EINT wakes.  QRELLOCK: do not wait 10 s with it.
    sleep = (command("AT+QSCLK=1"), command("AT+QRELLOCK"))
    awake = (command("AT+QSCLK=0"),)
    sockets_survive_sleep = True

    open_udp = command(
        'AT+QIOPEN=1,{number},"UDP","{host}",{port},0,1', timeout_ms=60_500, final="+QIOPEN: {number},*"
    )
    open_udp_error_field = 1
    set_rai = command("AT+QNBIOTRAI={rai}")
    send_udp = command("AT+QISENDEX={number},{length},{data}", timeout_ms=20_000, final="SEND OK")
    close_udp = command("AT+QICLOSE={number}", timeout_ms=5500, final="CLOSE OK")
    datagram_fields = (1, 2, 3)
    closed_field = 1

    urcs = (
        ("registration", "+CEREG: #"),
        ("registration", "+CEREG: #,*"),
        ("datagram", '+QIURC: "recv",#,*'),
        ("closed", '+QIURC: "closed",#'),
        ("boot", "Leaving the BROM"),
        ("ready", "RDY"),
        ("ready", "+CFUN: 1"),
        ("address", "+IP: *"),
        ("sim", "+CPIN: *"),
        # Known, and of no consequence: with QSCLK=0 the module is awake in PSM, too.
        ("connected", "+CSCON: #"),
        ("psm", "+QNBIOTEVENT: *"),
        ("awake", "+QATWAKEUP"),
        ("time zone", "+CTZV: *"),
    )

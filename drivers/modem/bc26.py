"""Quectel BC26 and BC66 (MediaTek MT2625): the dialect.

Sources: Quectel BC26 Hardware Design V1.0; BC26 AT Commands Manual V1.1; BC26 TCP/IP AT Commands
Manual V1.0.  A value that no manual states is marked "assumed".
"""

from drivers.modem.profile import Profile
from protocols.at import command


class BC26(Profile):
    # Hardware Design: PWRKEY low for at least 500 ms boots, and must be released again or the module
    # never sleeps deeply.  The module talks about 2 s later.
    power_on = (("power", True, 100), ("pwrkey", True, 550), ("pwrkey", False, 600))
    # RESET low for at least 50 ms.  Boards that can cut VBAT do; how long the rail needs to fall is assumed.
    power_off = (("power", False, 2000), ("reset", True, 100), ("reset", False, 100))

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

    # The default bearer is stored, and used from the next CFUN=0/1 on.
    apn = command("AT+QCGDEFCONT?", "+QCGDEFCONT: *")
    apn_field = 1
    set_apn = (command('AT+QCGDEFCONT="IP","{apn}"'),)

    # The serving cell is line 0, its neighbours are lines 1.
    signal = command("AT+QENG=0", ("+QENG: 0,*", "+QENG: 1,*"))
    signal_fields = (("rsrp_dbm", 5), ("rsrq_db", 6), ("snr_db", 8), ("ecl", 11))

    sockets = 5
    open_udp = command(
        'AT+QIOPEN=1,{number},"UDP","{host}",{port},0,1', timeout_ms=60_500, final="+QIOPEN: {number},*"
    )
    open_udp_error_field = 1  # 0: open
    set_rai = command("AT+QNBIOTRAI={rai}")
    send_udp = command("AT+QISENDEX={number},{length},{data}", timeout_ms=20_000, final="SEND OK")
    close_udp = command("AT+QICLOSE={number}", timeout_ms=5500, final="CLOSE OK")
    datagram_fields = (1, 2, 3)  # socket, length, hex
    closed_field = 1  # socket

    urcs = (
        ("registration", "+CEREG: #"),
        ("registration", "+CEREG: #,*"),
        ("datagram", '+QIURC: "recv",#,*'),
        ("closed", '+QIURC: "closed",#'),
        ("boot", "Leaving the BROM"),
        ("ready", "RDY"),
        ("ready", "+CFUN: 1"),
        # Known, and of no consequence to the driver.
        ("connected", "+CSCON: #"),
        ("sim", "+CPIN: *"),
        ("address", "+IP: *"),
        ("psm", "+QNBIOTEVENT: *"),
        ("time zone", "+CTZV: *"),
    )

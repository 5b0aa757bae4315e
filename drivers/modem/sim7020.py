"""SIMCom SIM7020 (MediaTek MT2625): the dialect.

Sources: SIM7020 Hardware Design V1.02; SIM7020 AT Command Manual V1.05; SIM7020 TCPIP note V1.02; SIM7020
Low Power Mode note V1.03.  A value that no manual states is marked "assumed".
"""

from drivers.modem.profile import Profile
from protocols.at import command


class SIM7020(Profile):
    # PWRKEY low for 0.8 s boots, or wakes from PSM; held 1 s longer it switches off, which takes 5 s.
    wake = (("pwrkey", True, 800), ("pwrkey", False, 2000))
    power_on = (("power", True, 100),) + wake
    reset_pin = (("reset", True, 100), ("reset", False, 2000))  # low for at least 48 ms
    power_key = (("pwrkey", True, 1200), ("pwrkey", False, 5000)) + wake
    power_rail = (("power", False, 2000),) + power_on
    probe_tries = 10  # a key pressed in vain would switch it off
    boot_ms = 5000
    soft_reset = (command("AT+CRESET"),)

    setup = (
        command("ATE0"),
        command("AT+CMEE=1"),
        command("AT+CSCLK=0"),
        command("AT+CPSMSTATUS=1"),
        command("AT+CEREG=4"),
    )
    registration = command("AT+CEREG?", ("+CEREG: #,#", "+CEREG: #,###", "+CEREG: #,#,*"))
    identity = (
        ("imei", command("AT+CGSN", "###############")),
        ("imsi", command("AT+CIMI", "###############")),
        ("iccid", command("AT+CCID", ("89*", "+CCID: *"))),
    )
    # Storing it makes the module reboot.
    stored = (
        (
            "apn",
            command("AT*MCGDEFCONT?", "*MCGDEFCONT: *"),
            "IP,{apn}",
            Profile.radio_off + (command('AT*MCGDEFCONT="IP","{apn}"'),),
            (),
        ),
    )

    signal = command("AT+CENG?", "+CENG: *")
    signal_fields = (
        ("rsrp_dbm", "+CENG", 4, 1),
        ("rsrq_db", "+CENG", 5, 1),
        ("snr_db", "+CENG", 7, 1),
        ("ecl", "+CENG", 10, 1),
    )

    # CPSMS=1 changes nothing where it was 1; RETENTION keeps UDP sockets over PSM, and is itself not kept.
    psm_on = (
        command("AT+CPSMS=0"),
        command('AT+CPSMS=1,,,"{periodic}","{active}"'),
        command("AT+RETENTION=1"),
    )
    sleeps_unasked = True
    sockets_survive_sleep = True

    create_udp = command("AT+CSOC=1,2,1", "+CSOC: #")
    open_udp = command('AT+CSOCON={number},{port},"{host}"', timeout_ms=30_000)
    set_rai = command("AT+CNBIOTRAI={rai}")
    send_udp = command('AT+CSOSEND={number},{digits},"{data}"', timeout_ms=20_000)
    close_udp = command("AT+CSOCL={number}")
    datagram_fields = (0, 1, 2)
    length_unit = 2

    urcs = (
        ("registration", "+CEREG: #"),
        ("registration", "+CEREG: #,*"),
        ("registration", "+CEREG: ###"),
        ("datagram", "+CSONMI: #,*"),
        ("closed", "+CSOERR: #,2"),  # aborted, reset, bearer lost
        ("closed", "+CSOERR: #,3"),
        ("closed", "+CSOERR: #,11"),
        ("socket error", "+CSOERR: #,*"),
        ("ready", "RDY"),
        ("ready", "+CFUN: 1"),
        ("sim", "+CPIN: *"),
        ("asleep", '+CPSMSTATUS: "ENTER PSM"'),
        ("awake", '+CPSMSTATUS: "EXIT PSM"'),
        ("connected", "+CSCON: #"),
        ("sms", "SMS Ready"),
    )

"""Quectel BC66 (MediaTek MT2625, as BC26): what newer firmware does otherwise.

Datagrams go as they are: half the characters of hex, and half the memory.  Sources: as drivers/modem/bc26.py;
the prompt form of AT+QISEND as RT-Thread's at_device driver uses it.
"""

from drivers.modem.bc26 import BC26
from protocols.at import command


class BC66(BC26):
    setup = (
        command("ATE0"),
        command("AT+CMEE=1"),
        command("AT+QSCLK=0"),
        command('AT+QICFG="dataformat",0,0'),
        command('AT+QICFG="viewmode",0'),
        command("AT+CEREG=5"),
        command("AT+CSCON=1"),
    )
    send_udp = command("AT+QISEND={number},{length}", timeout_ms=20_000, final="SEND OK")
    sends_raw = True
    line_limit = 600  # a datagram, or a line of text

    # The datagram follows its announcement; field 2 is its length, and field 3 the payload itself.
    urcs = tuple(
        [("datagram", '+QIURC: "recv",#,#*', 2) if row[0] == "datagram" else row for row in BC26.urcs]
    )

"""Quectel BC95-G (HiSilicon Hi2115): as BC28, with datagrams that are kept until they are read.

All firmware of the family knows this way, and an announcement that is lost does no harm.  Source: Quectel
BC35-G&BC28&BC95 R2.0 AT Commands Manual V1.0.
"""

from drivers.modem.bc28 import BC28
from protocols.at import command


class BC95G(BC28):
    setup = tuple([command("AT+NSONMI=1") if step.text == "AT+NSONMI=2" else step for step in BC28.setup])
    # Socket, address, port, length, hex, what remains; nothing but OK when there is no more.
    read_udp = command("AT+NSORF={number},{length}", ("", "#,*"))
    read_data = 4

    urcs = tuple([("announced", "+NSONMI: #,#*") if row[0] == "datagram" else row for row in BC28.urcs])

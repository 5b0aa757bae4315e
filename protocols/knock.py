"""The knock: a server asks a node that listens to come and fetch what is waiting for it.

It carries nothing and proves nothing, so a node only ever answers it with an uplink of its own, and not
too often.  To others it is a CoAP request (RFC 7252) that wants no response: NON POST /knock.
"""

_HEAD, _PATH = b"\x50\x02", b"\xb5knock"  # NON without a token, POST; Uri-Path


def knock(message_id):
    return _HEAD + bytes((message_id >> 8, message_id & 0xFF)) + _PATH


def is_knock(datagram):
    return len(datagram) == 10 and datagram[:2] == _HEAD and datagram[4:] == _PATH

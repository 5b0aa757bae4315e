"""CBOR (RFC 8949): `dumps` and `loads`, named as in cbor2.

    Python              CBOR
    int                 unsigned, negative; beyond 64 bits a bignum (tags 2 and 3)
    bytes, str          byte string, text string
    list (or a tuple)   array
    dict                map
    None, True, False   the simple values of these names
    UNDEFINED, Simple   undefined, and the other simple values
    float               half, single or double precision
    Tag                 any other tag

This file is for those who want all of it.  A node that only reads imports `cbor_decoder`, and one
that fills a buffer of its own `cbor_writer`: each loads what it needs and no more.
"""

from protocols.cbor_decoder import loads
from protocols.cbor_encoder import dumps
from protocols.cbor_values import MAX_DEPTH, UNDEFINED, Simple, Tag

__all__ = ["MAX_DEPTH", "UNDEFINED", "Simple", "Tag", "dumps", "loads"]

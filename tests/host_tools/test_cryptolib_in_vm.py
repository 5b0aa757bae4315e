"""`cryptolib.aes` in the VM, against the published vectors."""

import json
from pathlib import Path

import pytest

from tests.host_tools.board_bench import run_main

VECTORS = json.loads((Path(__file__).parent.parent / "vectors/aes.json").read_text())["vectors"]


def test_the_vectors_both_ways_and_block_by_block():
    program = """
import json
from binascii import hexlify, unhexlify
from cryptolib import aes
for v in json.loads(VECTORS):
    iv = [unhexlify(v["iv"])] if v["iv"] else []
    new = lambda: aes(unhexlify(v["key"]), v["mode"], *iv)
    plain, cipher = unhexlify(v["plain"]), unhexlify(v["cipher"])
    e, d = new(), new()
    pieces = b"".join(e.encrypt(plain[i : i + 16]) for i in range(0, len(plain), 16))
    back = b"".join(d.decrypt(cipher[i : i + 16]) for i in range(0, len(cipher), 16))
    out = bytearray(len(plain))
    new().encrypt(plain, out)
    print(new().encrypt(plain) == cipher, new().decrypt(cipher) == plain)
    print(pieces == cipher, back == plain, out == cipher)
"""
    lines = run_main(f"VECTORS = {json.dumps(VECTORS)!r}\n{program}", seconds=5)
    assert lines == ["True True", "True True True"] * len(VECTORS)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("aes(bytes(16), 6, bytes(16))", "mode"),  # CTR: not in a stock image
        ("aes(bytes(24), 1)", "key"),
        ("aes(bytes(16), 2)", "IV"),
        ("aes(bytes(16), 1).encrypt(bytes(17))", "blksize % 16"),
        ("aes(bytes(16), 1).encrypt(bytes(16), bytearray(15))", "output too small"),
        ("c = aes(bytes(16), 1); c.encrypt(bytes(16)); c.decrypt(bytes(16))", "can't encrypt & decrypt"),
    ],
)
def test_what_it_refuses(statement, message):
    source = (
        f"from cryptolib import aes\ntry:\n    {statement}\nexcept ValueError as error:\n    print(error)\n"
    )
    assert run_main(source) == [message]

"""CBOR inside the MicroPython VM: what a node loads, and mutated messages against CPython's outcome."""

import random
from binascii import hexlify

import pytest

from protocols.cbor import dumps, loads
from protocols.errors import DecodeError
from tests.fuzz_targets import CBOR
from tests.mutations import mutated
from tests.test_portable_in_vm import run_in_vm

MESSAGES = 3000
LONGEST = 48  # bytes

PROGRAM = """
from binascii import hexlify, unhexlify
from protocols.cbor import dumps, loads
from protocols.errors import DecodeError
for message in {messages}.split():
    try:
        print(hexlify(dumps(loads(unhexlify(message)))).decode())
    except DecodeError as error:
        print(error)
"""


def outcome(message):
    try:
        return hexlify(dumps(loads(message))).decode()
    except DecodeError as error:
        return str(error)


def test_micropython_agrees_with_cpython():
    rng = random.Random(1)
    messages = [message for message in (mutated(rng, CBOR)[:LONGEST] for _ in range(MESSAGES)) if message]
    program = PROGRAM.format(messages=repr(" ".join(message.hex() for message in messages)))
    assert run_in_vm(program).printed.decode().splitlines() == [outcome(message) for message in messages]


@pytest.mark.parametrize("module", ["cbor_writer", "cbor_decoder"])
def test_a_node_loads_no_more_than_it_imports(module):
    program = f"import sys, protocols.{module}\nprint(' '.join(sorted(sys.modules)))"
    loaded = set(run_in_vm(program).printed.decode().split())
    cbor = {name for name in loaded if "cbor" in name}
    assert cbor == {f"protocols.{module}"}

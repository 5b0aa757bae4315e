"""A taste of `make fuzz`: a few messages for every decoder, and proof that it would notice."""

import random
import subprocess
import sys

import pytest

from protocols.errors import DecodeError
from tests.fuzz import FuzzFailure, Watchdog, accepts, fuzz, held, main
from tests.fuzz_targets import TARGETS, Target
from tests.mutations import MAX_MESSAGE, MUTATIONS, mutated

MESSAGES = 4000


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_a_few_mutated_messages(target):
    assert any(accepts(target, message) for message in target.seeds)
    outcomes = list(fuzz(target, 1, MESSAGES, Watchdog()))
    assert len(outcomes) == MESSAGES
    assert any(outcomes)
    assert not target.refusals or not all(outcomes)


def found(decode):
    target = Target("bad", [b"\x83abc"], decode)
    with pytest.raises(FuzzFailure) as failure:
        list(fuzz(target, 7, MESSAGES, Watchdog()))
    return str(failure.value)


def test_another_error_than_the_decoders_is_a_failure():
    text = found(lambda data: data[3])
    assert "IndexError" in text
    assert "of seed 7" in text
    message = bytes.fromhex(text.rpartition(" ")[2])
    assert len(message) < 4


def test_a_result_larger_than_the_message_can_say_is_a_failure():
    assert "more than" in found(lambda data: [None] * (data[0] if data else 0))


def test_a_refusal_is_none():
    def refuse(data):
        raise DecodeError("never")

    assert not any(fuzz(Target("good", [b"abc"], refuse), 1, 50, Watchdog()))


ENDLESS = """
import itertools
import tests.fuzz as f
f.STALL_S = 0.1
target = f.Target("endless", [b"ab"], lambda data: any(() for _ in itertools.count()))
with f.Watchdog() as watchdog:
    list(f.fuzz(target, 1, 1, watchdog))
"""


def test_a_decoder_that_does_not_end_is_ended():
    process = subprocess.run([sys.executable, "-c", ENDLESS], capture_output=True, text=True, timeout=60)
    assert process.returncode == 1
    assert "endless: not done after 0.1 s with " in process.stderr
    assert "in accepts" in process.stderr


def test_one_message_once_more(capsys):
    assert main(["--target", "cbor", "--hex", "820102"]) == 0
    assert main(["--target", "cbor", "--hex", "8201"]) == 0
    assert capsys.readouterr().out == "cbor: decoded\ncbor: refused\n"


def test_what_a_result_holds():
    class Thing:
        def __init__(self):
            self.a, self.b = b"ab", {1: "c"}

    assert held([1, None, 1 << 80]) == 1 + 1 + 1 + 11
    assert held(Thing()) == 1 + 3 + (1 + 1 + 2)


def test_the_seed_decides_the_messages():
    def messages(seed):
        rng = random.Random(seed)
        return [mutated(rng, [b"abcdef", b"\x83\x01\x02\x03"]) for _ in range(500)]

    assert messages(1) == messages(1) != messages(2)
    assert max(map(len, messages(1))) <= MAX_MESSAGE


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_every_mutation_takes_every_message_and_changes_many(mutation):
    rng = random.Random(1)
    changed = 0
    for seed in [b"", b"a", bytes(range(40))] * 50:
        message = bytearray(seed)
        mutation(rng, message, [seed, b"other"])
        changed += message != seed
    assert changed > 50

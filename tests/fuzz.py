"""`make fuzz`: mutated messages into every decoder, a million of them unless told otherwise.

    python -m tests.fuzz --messages 1000000 --seed 1 --target cbor
    python -m tests.fuzz --target cbor --hex bf00ff         the message of a failure, once more

A decoder may return, or raise the errors that its line in `fuzz_targets.py` names.  Anything else is
a failure, and so is a result that holds more than the message can have said (bounded memory), or a
message that is not done with after STALL_S (bounded time).  Where the system can, memory is limited,
so that trust in an announced length is a failure too.  The same seed makes the same messages.
"""

import argparse
import contextlib
import faulthandler
import os
import random
import sys
import threading
from collections.abc import Iterator

from tests.fuzz_targets import TARGETS, Target
from tests.mutations import mutated

MESSAGES = 1_000_000
STALL_S = 30  # a message takes microseconds; this is for machines that sleep
MEMORY_LIMIT = 2 << 30
PROGRESS = 10_000
HELD_PER_BYTE = 16  # what a result may hold for each byte of the message, see `held`


class FuzzFailure(Exception):
    """A decoder did what it must not; the text says how to see it again."""

    def __init__(self, target: Target, seed: int, number: int, message: bytes, what: str):
        super().__init__(
            f"{target.name}: {what}\n"
            f"message {number} of seed {seed}: {message.hex()}\n"
            f"again: python -m tests.fuzz --target {target.name} --hex {message.hex()}"
        )


class Watchdog:
    """Ends the process, with the message and the stack, when one message takes longer than STALL_S."""

    def __init__(self):
        self.current: tuple[str, bytes] | None = None  # the target, and the message it decodes
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        before = None
        while not self._done.wait(STALL_S):
            if self.current is not None and self.current is before:
                name, message = self.current
                print(f"\n{name}: not done after {STALL_S} s with {message.hex()}", file=sys.stderr)
                faulthandler.dump_traceback()
                os._exit(1)
            before = self.current


def fuzz(target: Target, seed: int, messages: int, watchdog: Watchdog) -> Iterator[bool]:
    """Feed `messages` mutated messages to the target; yields for each whether it was decoded.

    Raises FuzzFailure.
    """
    rng = random.Random(f"{seed} {target.name}")
    for number in range(messages):
        message = mutated(rng, target.seeds)
        watchdog.current = (target.name, message)
        try:
            accepted = accepts(target, message)
        except Exception as error:
            what = f"{type(error).__name__}: {error}"
            raise FuzzFailure(target, seed, number, message, what) from error
        yield accepted
    watchdog.current = None


def accepts(target: Target, message: bytes) -> bool:
    """Whether the target decodes the message.  Raises what the target must not."""
    try:
        result = target.decode(message)
    except target.refusals:
        return False
    most = HELD_PER_BYTE * len(message) + target.spare
    if held(result) > most:
        raise AssertionError(f"a result of {held(result)} bytes and objects, more than {most}")
    return True


def held(item: object) -> int:
    """How many objects `item` consists of, plus the bytes of its strings and integers."""
    if isinstance(item, bytes | bytearray | str):
        return 1 + len(item)
    if isinstance(item, int):
        return 1 + item.bit_length() // 8
    if isinstance(item, list | tuple):
        return 1 + sum(map(held, item))
    if isinstance(item, dict):
        return 1 + sum(held(key) + held(value) for key, value in item.items())
    return 1 + sum(map(held, vars(item).values())) if hasattr(item, "__dict__") else 1


def limit_memory() -> None:
    with contextlib.suppress(ImportError, OSError, ValueError):  # Windows; macOS
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, resource.getrlimit(resource.RLIMIT_AS)[1]))


def main(arguments: list[str] | None = None) -> int:
    options = parse_options(arguments)
    targets = [target for target in TARGETS if options.target in (None, target.name)]
    if options.hex is not None:
        for target in targets:
            print(f"{target.name}: {'decoded' if accepts(target, bytes.fromhex(options.hex)) else 'refused'}")
        return 0
    limit_memory()
    print(f"seed {options.seed}")
    share = -(-options.messages // len(targets))
    try:
        with Watchdog() as watchdog:
            for target in targets:
                run(target, options.seed, share, watchdog)
    except FuzzFailure as failure:
        print(f"\n{failure}", file=sys.stderr)
        return 1
    print(f"{share * len(targets)} messages, nothing found")
    return 0


def run(target: Target, seed: int, messages: int, watchdog: Watchdog) -> None:
    decoded = 0
    for number, accepted in enumerate(fuzz(target, seed, messages, watchdog), 1):
        decoded += accepted
        if number % PROGRESS == 0 or number == messages:
            counts = f"{number:9} messages  {decoded:9} decoded  {number - decoded:9} refused"
            print(f"{target.name:16}{counts}", end="\n" if number == messages else "\r", flush=True)


def parse_options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz the decoders.")
    parser.add_argument("--messages", type=int, default=MESSAGES, help="in all, spread over the targets")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--target", choices=[target.name for target in TARGETS], help="only this decoder")
    parser.add_argument("--hex", help="do not mutate: decode this message")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())

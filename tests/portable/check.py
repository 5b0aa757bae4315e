"""What portable tests need beyond `assert`: the same names on CPython and in the MicroPython VM."""

import asyncio
import json

try:
    from micropython import heap_lock, heap_unlock
except ImportError:  # CPython, whose heap is never locked

    def heap_lock():
        pass

    heap_unlock = heap_lock


def raises(exception, function, *args, **kwargs):
    """Call `function`; return the `exception` it raises, or fail if it raises none."""
    try:
        result = function(*args, **kwargs)
    except exception as error:
        return error
    raise AssertionError("no " + exception.__name__ + " but " + repr(result))


def without_allocating(function):
    """Call `function`; on MicroPython it fails with MemoryError if it allocates."""
    heap_lock()
    try:
        return function()
    finally:
        heap_unlock()


def run(coroutine):
    return asyncio.run(coroutine)


def load(name):
    """A vector file of tests/vectors; the tests run from the project's root, or have it mounted there."""
    with open("tests/vectors/" + name) as file:
        return json.load(file)

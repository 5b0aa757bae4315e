"""Constants folded into their uses: the program does the same, at the same lines, with fewer names."""

import ast
import sys
import traceback
from types import ModuleType
from unittest.mock import patch

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from host_tools.build.constants import fold
from host_tools.build.firmware_files import device_sources, source_path

NUMBERS = """
FIRST, SECOND = range(2)
LIMIT = 3 * 60  # seconds
LOW = -5
NAME = "pole"
MAGIC = b"a longer constant"
"""


def load(sources, name):
    """Import a program given as name -> text; returns one of its modules."""
    modules = {module: ModuleType(module) for module in sources}
    with patch.dict(sys.modules, modules):
        for module, text in sources.items():
            parent, _, child = module.rpartition(".")
            if parent:
                setattr(modules[parent], child, modules[module])
            exec(compile(text, module, "exec"), vars(modules[module]))
    return modules[name]


def folded(sources):
    """The program folded, with a reader outside for `x` and `seen`."""
    result = fold({**sources, "reader": "'x', 'seen'"})
    del result["reader"]
    return result


def kit(user):
    """What becomes of two modules, of which `user` imports from `kit.numbers`."""
    result = folded({"kit": "", "kit.numbers": NUMBERS, "kit.user": user})
    return result["kit.user"], result["kit.numbers"]


def test_a_value_takes_the_place_of_its_name():
    user, numbers = kit("from kit.numbers import LIMIT\n\ndef late(s):\n    return s > LIMIT\n")
    assert user == "pass\n\ndef late(s):\n    return s > (180)\n"
    assert "LIMIT" not in numbers and "# seconds" in numbers


def test_also_as_an_attribute_of_its_module():
    user, _ = kit("from kit import numbers\nx = numbers.LIMIT, numbers.SECOND\n")
    assert user == "pass\nx = (180), (1)\n"


def test_of_an_import_stays_what_is_used():
    text = "from kit.numbers import (\n    LIMIT,\n    MAGIC as M,\n)\nx = M + M + bytes(LIMIT)\n"
    user, numbers = kit(text)
    assert user == "from kit.numbers import MAGIC as M\n\n\n\nx = M + M + bytes((180))\n"
    assert "MAGIC" in numbers


def test_what_would_be_stored_twice_is_folded_only_into_a_single_use():
    user, numbers = kit("from kit.numbers import MAGIC\nx = MAGIC\n")
    assert (user, "MAGIC" in numbers) == ("pass\nx = b'a longer constant'\n", False)


@pytest.mark.parametrize(
    "text",
    [
        "import kit.numbers\nx = getattr(kit.numbers, 'LIMIT')\n",
        "from kit.numbers import *\nx = LIMIT\n",
        "def f():\n    from kit.numbers import LIMIT\n    return LIMIT\nx = f()\n",
        "import kit.numbers\nx = kit.numbers.LIMIT\n",
        "import kit.numbers as n\nx = n.LIMIT\n",
        "from kit.numbers import LIMIT\nx = f'{LIMIT}'\n",
        "from kit.numbers import LIMIT\nx = [LIMIT for LIMIT in (1, 2)]\n",
        "from kit import numbers\nnumbers.LIMIT = 7\nx = numbers.LIMIT\n",
        "LIMIT = 1\nfrom kit.numbers import *\nx = LIMIT\n",
        "LIMIT = 1\nfrom kit.numbers import LIMIT\nx = LIMIT\n",
        "try:\n    from kit.numbers import LIMIT\nexcept ImportError:\n    LIMIT = 0\nx = LIMIT\n",
    ],
)
def test_a_name_that_something_else_may_read_stays(text):
    user, numbers = kit(text)
    assert "LIMIT = 3 * 60" in numbers
    sources = {"kit": "", "kit.numbers": NUMBERS, "kit.user": text}
    expected = load(sources, "kit.user").x
    assert load({**sources, "kit.numbers": numbers, "kit.user": user}, "kit.user").x == expected


@pytest.mark.parametrize(
    ("text", "x"),
    [
        ("A = -2\nx = A ** 2, 3 - A, A.__class__\n", (4, 5, int)),
        ("A = 5\nx = A.bit_length(), [A][0], A if A else A\n", (3, 5, 5)),
        ("A = 'ab'\nx = A.upper() + A[1:] % ()\n", "ABb"),
        ("A = (1, -2)\nx = -1 in A\n", False),
        ("A = None\ndef f(a=A): return a is None\nx = f()\n", True),
        ("A, B, C = 1, 2, 3\ndef f(B): return A + B + C\nx = f(5), B\n", (9, 2)),
        ("A = 1\ndef f():\n    global A\n    A += 1\n    return A\nx = f()\n", 2),
        ("A = 1\nclass K:\n    A = A + 1\nx = K.A\n", 2),
        ("A = 1\nB = A + 1\nC = B << 3\nx = lambda: C\nx = x()\n", 16),
        ("A = 1 << 40\nB = A >> 39\nx = A, B, A\n", (1 << 40, 2, 1 << 40)),
        ("A = 1.5\nx = A\n", 1.5),
        ("A = B = 2\nx = A + B\n", 4),
        ("A: int = 2\nx = A\n", 2),
        ("A = [1]\nA += [2]\nx = A\n", [1, 2]),
        ("A = True\nx = 'é', A\n", ("é", True)),
        ("for A in (1, 2): pass\nx = A\n", 2),
        ("A = len('abc')\nx = A\n", 3),
        ("__version__ = '1'\nx = __version__\n", "1"),
    ],
)
def test_the_program_does_the_same(text, x):
    assert load({"alone": text}, "alone").x == x
    assert load(folded({"alone": text}), "alone").x == x


def test_a_traceback_names_the_same_line():
    text = "ODD, EVEN = (\n    1,\n    2,\n)\n\n\ndef fail():\n    return (ODD +\n        'x')\n"
    lines = []
    for sources in ({"alone": text}, folded({"alone": text})):
        with pytest.raises(TypeError) as caught:
            load(sources, "alone").fail()
        lines.append(traceback.extract_tb(caught.tb)[-1].lineno)
    assert lines == [8, 8]


names = st.sampled_from("ABCDEF")
literals = st.integers(-(1 << 32), 1 << 32) | st.sampled_from([None, "s", "a long string", b"bytes"])
arithmetic = st.builds("{} {} {}".format, names, st.sampled_from(["+", "-", "*", "|"]), st.integers(-9, 9))
lines_of_one = st.one_of(
    st.builds("{} = {!r}".format, names, literals),
    st.builds("{} = {}".format, names, arithmetic),
    st.builds("{}, {} = {!r}, {!r}".format, names, names, literals, literals),
    st.builds("def {}({}=3): return {}, {}".format, names, names, names, names),
    st.builds("seen.append(({}, [{} for {} in (1, 2)]))".format, names, names, names),
    st.builds("seen.append(lambda: ({}, {}))".format, names, arithmetic),
    st.builds("class {}: {} = {}".format, names, names, names),
)
lines_of_two = lines_of_one | st.one_of(
    st.builds("from one import {}".format, names),
    st.builds("from one import {} as {}, {}".format, names, names, names),
    st.just("import one"),
    st.builds("seen.append(one.{})".format, names),
    st.builds("one.{} = {!r}".format, names, literals),
)


def outcome(sources):
    """What the modules have seen, and what the functions among it return."""
    two = load(sources, "two")
    seen = (two.seen, two.one.seen if hasattr(two, "one") else [])
    return repr([thing() if callable(thing) else thing for part in seen for thing in part])


@given(st.lists(lines_of_one, max_size=8), st.lists(lines_of_two, max_size=8))
def test_any_small_program_that_runs_does_the_same(one, two):
    sources = {"one": "\n".join(["seen = []", *one]), "two": "\n".join(["seen = []", *two])}
    try:
        expected = outcome(sources)
    except (NameError, TypeError, ValueError, AttributeError, ImportError):
        assume(False)
    assert outcome(folded(sources)) == expected


def test_no_line_of_the_firmware_moves():
    for module, text in device_sources().items():
        assert text.count("\n") == source_path(module).read_text().count("\n"), module


def test_the_firmware_has_few_constants_left():
    """So that a change of style that hides constants from the folding is noticed."""
    left = [
        f"{module}.{target.id}"
        for module, text in device_sources().items()
        for statement in ast.parse(text).body
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
        for target in statement.targets
    ]
    assert len(left) < 20, left

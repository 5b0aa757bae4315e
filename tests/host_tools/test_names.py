"""Short names: the program does the same, at the same lines, and a traceback names the same functions."""

import ast
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host_tools.build.constants import fold
from host_tools.build.firmware_files import device_sources, source_path
from host_tools.build.names import shorten
from tests.host_tools.test_constants import load

METER = """
class Meter:
    _scale = 10

    def __init__(self, counts, *rest, offset=0):
        self._counts = counts
        self._offset = offset
        self._kept = rest

    def _scaled(self, number):
        return (number + self._offset) * self._scale

    def read(self):
        return self._scaled(self._counts)
"""


def short(text, **more):
    """A module shortened, and others beside it."""
    return shorten({"alone": text, **more}, keep={"kept"})["alone"]


def test_private_attributes_and_parameters_are_short():
    meter = short(METER)
    assert "def __init__(self, a, *rest, b=0):\n        self.a = a\n        self.c = b\n" in meter
    assert "def _scaled(self, a):\n        return (a + self.c) * self._scale\n" in meter  # set by the class


def test_an_attribute_is_called_the_same_in_all_modules():
    sources = {
        "meter": METER,
        "user": "from meter import Meter\n\nmeter = Meter(2)\nmeter._counts += 1\nx = meter.read()\n",
        "heir": "from meter import Meter\nclass Heir(Meter):\n    def read(self): return self._counts\n",
    }
    shortened = shorten(sources)
    assert "meter.a += 1" in shortened["user"] and "return self.a\n" in shortened["heir"]
    assert load(sources, "user").x == load(shortened, "user").x == 30


@pytest.mark.parametrize(
    "text",
    [
        "print('_counts')",  # for getattr
        "def _counts(): pass",
        "class Other:\n    _counts = 1",
        "_counts = 2",
        "from other import _counts",
        "def f(_counts): pass",
        "def f():\n    global _counts",
    ],
)
def test_an_attribute_stays_if_its_name_is_also_another_things(text):
    assert "self._counts" in short(METER, other=text)


@pytest.mark.parametrize(
    "text",
    [
        "def f(number): return number\nx = f(number=1)",
        "def f(number): return number\nx = f(**{'number': 1})",
        "def f(number): return number\ng = f\nx = g(number=1)",
        "def f(number): return number\nf = f\nx = f(**{'number': 1})",
        "def f(number): return number\nx = [f][0](number=1)",
        "def f(function, *values): return function(number=values)\ndef g(number): return number\nx = f(g, 1)",
        "class K:\n    def __init__(self, number): self.n = number\nx = K(number=1).n",
        "def f(number): return number\ndef g(**more): return f(**more)\nx = g(number=1)",
        "class K:\n    def __init__(self, number): self.n = number\nx = [K][0](**{'number': 1}).n",
        "class K:\n    def __init__(self, number): self.n = number\nmake = K\nx = make(**{'number': 1}).n",
        "def f(kept): return kept\nx = f(1)",
        "def f(number): return [number for number in (1, 2)]\nx = f(1)",
        "def f(number): return (lambda number: number)(5), (lambda number=number: number)()\nx = f(1)",
        "def f(number):\n    import number\nx = 1",
        "def f(__long): return __long\nx = f(4)",
        "class K:\n    number = 1\n    def f(self, number): return number + self.number\nx = K().f(2)",
        """
def f(number):
    def g():
        nonlocal number
        number += 1
    g()
    return number
x = f(1)
""",
        """
def f(number):
    class K:
        number = 3
    return K.number + number
x = f(1)
""",
        """
def f(error):
    try:
        1 // 0
    except ZeroDivisionError as error:
        return str(error)
x = f(1)
""",
    ],
)
def test_a_parameter_that_may_be_meant_otherwise(text):
    """Whether it stays or not, the program does the same."""
    assert load({"alone": short(text)}, "alone").x == load({"alone": text}, "alone").x


@pytest.mark.parametrize(
    ("text", "shortened"),
    [
        ("def f(first, second):\n    return first, second\n", "def f(a, b):\n    return a, b\n"),
        ("def f(first):\n    a = 1\n    return first + a\n", "def f(b):\n    a = 1\n    return b + a\n"),
        ("a = 1\ndef f(first):\n    return first + a\n", "a = 1\ndef f(b):\n    return b + a\n"),
        (
            "def f(first):\n    return [a + first for a in (1, 2)]\n",
            "def f(b):\n    return [a + b for a in (1, 2)]\n",
        ),
        ("first = 3\ndef f(first=first):\n    return first\n", "first = 3\ndef f(a=first):\n    return a\n"),
        ("f = lambda first: lambda second: first + second\n", "f = lambda a: lambda b: a + b\n"),
        ("def f(first):\n    first += 1\n    del first\n", "def f(a):\n    a += 1\n    del a\n"),
        (
            "def f(first):\n    return first.first\n",
            "def f(first):\n    return first.first\n",
        ),  # there anyway
        ("def f(first):\n    return f'{first!r:>5}|é'\n", "def f(a):\n    return f'{a!r:>5}|é'\n"),
        ("def f(é_, first):\n    return 'é', first\n", "def f(é_, a):\n    return 'é', a\n"),
        (
            "def f(first):\n    return (f'{first} '\n        f'{first}')\n",
            "def f(a):\n    return (f'{a} {a}'\n)\n",
        ),
    ],
)
def test_a_parameter(text, shortened):
    assert short(text) == shortened


DIVIDER = """
class K:
    def _divide(self, number):
        self._zero = 0
        return (
            number //
            self._zero)
"""


def test_a_traceback_shows_the_same_function_and_line():
    shown = []
    for text in (DIVIDER, short(DIVIDER)):
        with pytest.raises(ZeroDivisionError) as caught:
            load({"alone": text}, "alone").K()._divide(1)
        last = traceback.extract_tb(caught.tb)[-1]
        shown.append((last.name, last.lineno))
    assert shown == [("_divide", 6)] * 2


# Few names, so that they meet: attributes, parameters, globals, and what `shorten` itself would choose.
names = st.sampled_from(["_one", "_two", "three", "a", "b"])
others = st.sampled_from(["_one", "_two", "a", "b"])
expressions = st.recursive(
    names | st.just("1"),
    lambda inner: st.one_of(
        st.builds("({} + {})".format, inner, inner),
        st.builds('getattr(k, "{}", 5)'.format, names),
        st.builds("k.{}".format, names),
        st.builds("(lambda {}: {})(2)".format, names, inner),
        st.builds("sum([{} for {} in (1, 2)])".format, inner, names),
        st.builds("f({})".format, inner),
        st.just("f(three=7)"),
        st.builds("k.f({}, three={})".format, inner, inner),
        st.builds("len(f'{{{}}}')".format, names),
    ),
    max_leaves=5,
)
statements = st.one_of(
    st.builds("k.{} = {}".format, names, expressions),
    st.builds("def f({}): return {}".format, names, expressions),
    st.builds("def f({}):\n    {} = {}\n    return {}".format, names, names, expressions, expressions),
    st.builds("{} = {}".format, names, expressions),
    st.builds("class K:\n    {} = {}\nk = K()".format, names, expressions),
    st.builds("class K:\n    def f(self, {}, three=1): return {}\nk = K()".format, others, expressions),
)


def outcome(text):
    try:
        return load({"alone": text}, "alone").x
    except (NameError, TypeError, AttributeError, RecursionError) as error:
        return type(error)


@given(st.lists(statements, min_size=2, max_size=6), expressions)
def test_any_small_program_does_the_same(lines, x):
    start = ["_one, _two, three, a, b = range(5)", "class K: pass", "k = K()", "def f(b): return b"]
    text = "\n".join([*start, *lines, f"x = {x}\n"])
    assert outcome(short(text)) == outcome(text)


def test_the_firmware_keeps_its_functions_and_lines():
    for module, text in device_sources().items():
        source = source_path(module).read_text()
        assert text.count("\n") == source.count("\n"), module
        kept, written = ast.parse(text), ast.parse(source)
        assert functions(kept) == functions(written), module


def functions(tree):
    kinds = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    return [(node.name, node.lineno) for node in ast.walk(tree) if isinstance(node, kinds)]


def test_what_a_board_file_names_stays():
    panel = ast.walk(ast.parse(device_sources()["firmware.gas_panel"]))
    assert {"ch4", "h2s", "co", "o2"} <= {node.arg for node in panel if isinstance(node, ast.arg)}


def test_folded_first():
    text = "WIDTH = 8\n\n\ndef pad(number):\n    return number % WIDTH\n"
    assert shorten(fold({"alone": text}))["alone"] == "pass\n\n\ndef pad(a):\n    return a % (8)\n"

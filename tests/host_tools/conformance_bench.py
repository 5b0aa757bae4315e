"""Expressions in the VM and what becomes of them, many to one VM."""

import textwrap

from tests.host_tools.board_bench import BoardBench, printed

RUNNER = """
for _text in {expressions!r}:
    try:
        print(repr(eval(_text)))
    except Exception as _error:
        print(type(_error).__name__ + ":", *_error.args)
"""


def outcomes(setup, expressions, *, chip="esp32s3", seconds=30, prepare=lambda bench: None):
    """The repr of each value, or the exception's name and arguments."""
    source = textwrap.dedent(setup) + RUNNER.format(expressions=list(expressions))
    bench = BoardBench({"main.py": source}, chip=chip)
    prepare(bench)
    return printed(bench.run(seconds))


def check(setup, table, **options):
    """table: (expression, its outcome), in the order in which they run; the end of an outcome may be `*`."""
    results = outcomes(setup, [expression for expression, _ in table], **options)
    wrong = [
        f"{expression} -> {result}, not {expected}"
        for (expression, expected), result in zip(table, results, strict=True)
        if not (result == expected or (expected.endswith("*") and result.startswith(expected[:-1])))
    ]
    assert not wrong, "\n".join(wrong)

"""A module's source: what its names mean, and edits of it that move no line."""

import ast
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import accumulate

Read = ast.Name | ast.Attribute
Span = tuple[int, int]  # of the text's bytes: from, up to


class ModuleSource:
    """reads: all names and attributes that are read.
    defined: name -> the one statement that sets it, in the module's body.
    imported: name -> (module, name there), of imports in the module's body.
    Both without names that any scope of the module binds a second time.
    """

    def __init__(self, name: str, text: str):
        self.name, self._text = name, text.encode()
        self._starts = list(accumulate(map(len, self._text.splitlines(keepends=True)), initial=0))
        self.tree = ast.parse(text)
        self.reads: list[Read] = [
            node
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load)
        ]
        self.defined: dict[str, ast.Assign] = {}
        self.imported: dict[str, tuple[str, str]] = {}
        for statement in self.tree.body:
            if isinstance(statement, ast.Assign):
                self.defined |= dict.fromkeys(targets(statement), statement)
            elif isinstance(statement, ast.ImportFrom):
                self.imported |= {a.asname or a.name: (statement.module, a.name) for a in statement.names}
        bound = Counter(_bindings(self.tree))
        for names in (self.defined, self.imported):
            for name in [name for name in names if bound[name] > 1 or "*" in bound]:
                del names[name]

    def imports(self) -> Iterator[ast.ImportFrom]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.ImportFrom))

    def strings(self) -> Iterator[str]:
        nodes = (node for node in ast.walk(self.tree) if isinstance(node, ast.Constant))
        return (node.value for node in nodes if isinstance(node.value, str))

    def edited(self, edits: Iterable[tuple[ast.stmt | ast.expr, str]]) -> str:
        """The text with other text in place of some nodes, none of which is inside another.

        What replaces several lines is followed by as many newlines.
        """
        return self.spliced((self.span(node), new) for node, new in edits)

    def span(self, node: ast.AST) -> Span:
        """Where a node is; wrong for what is inside an f-string."""
        return (
            self._starts[node.lineno - 1] + node.col_offset,
            self._starts[node.end_lineno - 1] + node.end_col_offset,
        )

    def spliced(self, edits: Iterable[tuple[Span, str]]) -> str:
        """The text with other text in some places."""
        text, at = b"", 0
        for (start, end), new in sorted(edits):
            text += self._text[at:start] + new.encode() + b"\n" * self._text.count(b"\n", start, end)
            at = end
        return (text + self._text[at:]).decode()


def targets(statement: ast.Assign) -> list[str]:
    """The names that `A = …` or `A, B = …` sets; none of any other assignment."""
    first, *others = statement.targets
    names = first.elts if isinstance(first, ast.Tuple) else [first]
    if others or not all(isinstance(name, ast.Name) for name in names):
        return []
    return [name.id for name in names]


def _bindings(tree: ast.Module) -> Iterator[str]:
    """Every name that any scope of the module binds, once for each time."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                yield name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.arg(arg=name):
                yield name
            case ast.alias(name=name, asname=other):
                yield other or name.partition(".")[0]
            case ast.ExceptHandler(name=str(name)):
                yield name

"""Short names for what only the program itself calls by name: each .mpy holds the text of every name in it.

Two kinds, neither of which a traceback shows:

- private attributes, `thing._name`: the same short name in the whole program;
- parameters of functions: a letter, chosen function by function.

A name stays if the text alone does not show all its uses: an attribute's if it is a string somewhere (for
getattr) or also something else's name; a parameter's if a call of a function of that name has it as a
keyword.  A call with `**` may have any string or other call's keyword; one of what is no function's name
(`make(…)`) may be of any function if it has keywords, and of any class if it has `**`.
"""

import ast
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import product
from keyword import iskeyword
from string import ascii_letters, digits

from host_tools.build.module_source import ModuleSource, Span

Named = ast.FunctionDef | ast.AsyncFunctionDef
Function = Named | ast.Lambda
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
PAIRS = map("".join, product(ascii_letters, ascii_letters + digits))
SHORT_NAMES = [*ascii_letters, *(pair for pair in PAIRS if not iskeyword(pair))]


def shorten(sources: Mapping[str, str], keep: Collection[str] = ()) -> dict[str, str]:
    """The modules of a program, name -> text, with short names; no line moves.

    keep: names that somebody outside of the program uses.
    """
    modules = {name: ModuleSource(name, text) for name, text in sources.items()}
    trees = [module.tree for module in modules.values()]
    keywords = _Keywords(trees, keep)
    attributes = _short_attributes(trees, keywords.texts)
    return {
        name: module.spliced(_edits(module, _renamed(module.tree, attributes, keywords)))
        for name, module in modules.items()
    }


class _Keywords:
    """texts: all strings but docstrings, and what else may be given as a keyword by its text.
    given: all keywords.
    """

    def __init__(self, trees: list[ast.Module], keep: Collection[str]):
        nodes = [node for tree in trees for node in ast.walk(tree)]
        docstrings = {node.value for node in nodes if isinstance(node, ast.Expr)}
        strings = {n.value for n in nodes if isinstance(n, ast.Constant) and n not in docstrings}
        self.texts = {text for text in strings if isinstance(text, str)} | set(keep)
        self._called = {node.name: node.name for node in nodes if isinstance(node, Named)}
        self._called |= {node.name: "__init__" for node in nodes if isinstance(node, ast.ClassDef)}
        for name in (name for node in nodes for name in _bound(node)):
            self._called.pop(name, None)  # may be another thing
        self._given: dict[str | None, set[str]] = defaultdict(set)  # None: to any function
        self._starred = {"__init__"}
        for call in nodes:
            if isinstance(call, ast.Call):
                self._see(call)
        self.given = set().union(*self._given.values())

    def _see(self, call: ast.Call) -> None:
        match call.func:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                pass
            case _:
                name = ""
        called = self._called.get(name)
        for keyword in call.keywords:
            if keyword.arg:
                self._given[called].add(keyword.arg)
            else:
                self._starred.add(called or name)

    def has(self, function: Function, parameter: str) -> bool:
        """Whether a call may give that parameter by its name."""
        name = getattr(function, "name", None)
        if parameter in self._given[None] | self._given[name]:
            return True
        return name in self._starred and parameter in self.texts | self.given


def _short_attributes(trees: list[ast.Module], texts: set[str]) -> dict[str, str]:
    """Private attribute that the program sets -> short name; shortest for those that most modules store."""
    attributes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    others = {name for tree in trees for node in ast.walk(tree) for name in _names(node)}
    private = {
        node.attr
        for node in attributes
        if isinstance(node.ctx, ast.Store) and node.attr.startswith("_") and not node.attr.startswith("__")
    } - (others | texts)
    stored = Counter(
        name
        for tree in trees
        for name in {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)} & private
    )
    taken = {node.attr for node in attributes} | {name for tree in trees for name in _members(tree)} | texts
    free = (short for short in SHORT_NAMES if short not in taken)
    return dict(zip(sorted(private, key=lambda name: (-stored[name], name)), free, strict=False))


def _members(tree: ast.Module) -> Iterator[str]:
    """What a module and its classes have as attributes; may have more."""
    for owner in ast.walk(tree):
        if isinstance(owner, ast.Module | ast.ClassDef):
            for statement in owner.body:
                inside = (statement,) if isinstance(statement, Function) else ast.walk(statement)
                yield from (name for node in inside for name in _names(node))


def _renamed(tree: ast.Module, attributes: Mapping[str, str], keywords: _Keywords) -> dict[ast.AST, str]:
    """Change the names in the tree; returns the nodes and what they were called."""
    renamed = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in attributes:
            renamed[node], node.attr = node.attr, attributes[node.attr]
    # What the module stores anyway: there a parameter's name costs nothing.
    stored = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for function in ast.walk(tree):  # an outer one before those in it, which then see what not to hide
        if isinstance(function, Function):
            for parameter in function.args.posonlyargs + function.args.args + function.args.kwonlyargs:
                name = parameter.arg
                if len(name) > 2 and name not in stored | {"self"} and not keywords.has(function, name):
                    renamed |= _rename(function, parameter, keywords.given | keywords.texts)
    return renamed


def _rename(function: Function, parameter: ast.arg, taken: set[str]) -> dict[ast.AST, str]:
    old = parameter.arg
    body = function.body if isinstance(function.body, list) else [function.body]
    inside = [node for part in body for node in ast.walk(part)]
    if old in set(_bound_again(inside)):
        return {}
    taken = {name for node in (*inside, *ast.walk(function.args)) for name in _names(node)} | taken
    new = next(short for short in SHORT_NAMES if short not in taken)
    nodes = [node for node in inside if isinstance(node, ast.Name) and node.id == old]
    parameter.arg = new
    for node in nodes:
        node.id = new
    return dict.fromkeys([parameter, *nodes], old)


def _bound_again(inside: Iterable[ast.AST]) -> Iterator[str]:
    """Names in a function's body that a scope within it binds, or a statement that has them as text."""
    for node in inside:
        if not isinstance(node, ast.Name):
            yield from _names(node)
        if isinstance(node, Function | Comprehension | ast.ClassDef):
            yield from (
                inner.id
                for inner in ast.walk(node)
                if isinstance(inner, ast.Name) and not isinstance(inner.ctx, ast.Load)
            )


def _bound(node: ast.AST) -> Iterable[str]:
    """What a node makes the name of a thing, which may have another name as well."""
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
            return (name,)
        case ast.arg(arg=name) | ast.alias(asname=str(name)) | ast.ExceptHandler(name=str(name)):
            return (name,)
    return ()


def _names(node: ast.AST) -> Iterable[str]:
    """The names in a node itself, but those of attributes and keywords."""
    match node:
        case ast.Name(id=name) | ast.arg(arg=name) | ast.ExceptHandler(name=str(name)):
            return (name,)
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return (name,)
        case ast.alias(name=name, asname=other):
            return (*name.split("."), other or name)
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return names
    return ()


def _edits(module: ModuleSource, renamed: Mapping[ast.AST, str]) -> Iterator[tuple[Span, str]]:
    """f-strings are written anew: ast does not know where in them things are."""
    strings = [node for node in ast.walk(module.tree) if isinstance(node, ast.JoinedStr)]
    within = {inner for string in strings for inner in ast.walk(string) if inner is not string}
    for string in strings:
        if string not in within and any(inner in renamed for inner in ast.walk(string)):
            yield module.span(string), ast.unparse(string)
    for node, old in renamed.items():
        start, end = module.span(node)
        match node:
            case _ if node in within:
                continue
            case ast.Attribute(attr=new):
                yield (end - len(old), end), new
            case ast.arg(arg=new):
                yield (start, start + len(old)), new
            case ast.Name(id=new):
                yield (start, end), new

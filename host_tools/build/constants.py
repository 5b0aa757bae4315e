"""Constants put where they are used, so that the node holds neither their names nor the imports of them.

A module on the node is a dict in RAM, and each name in it a string in RAM.  A constant is a name that the
module's body sets once, to what can be computed from literals and other constants, and that nothing sets
again.  Where it is read, also as `module.NAME`, its value is put into the text; a definition or an import
that nothing reads any more becomes `pass`.  No line moves, so tracebacks stay right.

Only what the text shows is counted on: a constant stays defined if an attribute or a string (for getattr)
anywhere has its name, or if a function imports it.
"""

import ast
import operator
from collections import Counter
from collections.abc import Iterator, Mapping

from host_tools.build.module_source import ModuleSource, Read, targets

SMALL = range(-(1 << 30), 1 << 30)  # an int of no more than the node's word
SHORT = 10  # MICROPY_ALLOC_PARSE_INTERN_STRING_LEN: a longer string is an object in each module that has it
OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
    ast.LShift: operator.lshift,
    ast.RShift: operator.rshift,
    ast.BitOr: operator.or_,
    ast.BitAnd: operator.and_,
    ast.BitXor: operator.xor,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
}

Key = tuple[str, str]  # a module, and a name in it
Reads = Mapping[Read, Key]


class NotConstantError(Exception):
    pass


def fold(sources: Mapping[str, str]) -> dict[str, str]:
    """The modules of a program, name -> text, with their constants folded.

    Programs and tests beside it that import constants belong to it: theirs are folded as well.
    """
    modules = {name: ModuleSource(name, text) for name, text in sources.items()}
    constants = _Constants(modules)
    folded = {module.name: dict(constants.reads(module)) for module in modules.values()}
    needed = _Needed(modules, constants, folded)
    return {
        module.name: module.edited(_edits(module, constants, folded[module.name], needed))
        for module in modules.values()
    }


class _Constants:
    """What the program's constants are worth, and where they are read."""

    def __init__(self, modules: Mapping[str, ModuleSource]):
        self._modules = modules
        nodes = (node for module in modules.values() for node in ast.walk(module.tree))
        # `thing.NAME = …`: the thing may be a module.
        self._set = {
            n.attr for n in nodes if isinstance(n, ast.Attribute) and not isinstance(n.ctx, ast.Load)
        }
        self._values: dict[Key, object] = {}
        self._tried: set[Key] = set()
        reads = Counter(self._origin(key) for m in modules.values() for _, key in self._all_reads(m))
        self._dear = {key for key, count in reads.items() if count > 1 and not _cheap(self._values[key])}

    def value(self, key: Key) -> object:
        """Raises NotConstantError."""
        if key not in self._values:
            module = self._modules.get(key[0])
            if key in self._tried or module is None or key[1] in self._set:
                raise NotConstantError
            self._tried.add(key)
            if key[1] in module.imported:
                self._values[key] = self.value(module.imported[key[1]])
            elif key[1] in module.defined:
                names, values = self.assigned(module, module.defined[key[1]])
                self._values[key] = values[names.index(key[1])]
            else:
                raise NotConstantError
        return self._values[key]

    def assigned(self, module: ModuleSource, statement: ast.Assign) -> tuple[list[str], tuple]:
        """The names that it sets, and as many values."""
        names, value = targets(statement), self._computed(module, statement.value)
        if isinstance(statement.targets[0], ast.Tuple):
            return names, value
        return names, (value,)

    def _computed(self, module: ModuleSource, node: ast.expr):
        match node:
            case ast.Constant(value=int() | str() | bytes() | None as value):
                return value
            case ast.Tuple(elts=elements):
                return tuple(self._computed(module, element) for element in elements)
            case ast.Call(func=ast.Name(id="range"), args=[*arguments], keywords=[]):
                return tuple(range(*(self._computed(module, argument) for argument in arguments)))
            case ast.UnaryOp(op=op, operand=operand) if type(op) in OPERATORS:
                return OPERATORS[type(op)](self._computed(module, operand))
            case ast.BinOp(op=op, left=left, right=right) if type(op) in OPERATORS:
                return OPERATORS[type(op)](self._computed(module, left), self._computed(module, right))
            case ast.Name() | ast.Attribute():
                return self.value(self._key(module, node))
        raise NotConstantError

    def _key(self, module: ModuleSource, node: Read) -> Key:
        """What a name in `module`, or an attribute of a module imported there, stands for."""
        if isinstance(node, ast.Name):
            return module.name, node.id
        if isinstance(node.value, ast.Name) and node.value.id in module.imported:
            return ".".join(module.imported[node.value.id]), node.attr
        raise NotConstantError

    def _origin(self, key: Key) -> Key:
        """Where the constant is defined."""
        while key[1] in self._modules[key[0]].imported:
            key = self._modules[key[0]].imported[key[1]]
        return key

    def _all_reads(self, module: ModuleSource) -> Iterator[tuple[Read, Key]]:
        strings = (node for node in ast.walk(module.tree) if isinstance(node, ast.JoinedStr))
        placeless = {
            inner for string in strings for inner in ast.walk(string)
        }  # ast knows not where they are
        for node in module.reads:
            try:
                key = self._key(module, node)
                self.value(key)
            except NotConstantError:
                continue
            if node not in placeless:
                yield node, key

    def reads(self, module: ModuleSource) -> Iterator[tuple[Read, Key]]:
        """Where to put values, and of what: not of what would be stored again for each use."""
        return ((node, key) for node, key in self._all_reads(module) if self._origin(key) not in self._dear)

    def is_one(self, key: Key) -> bool:
        try:
            self.value(key)
        except NotConstantError:
            return False
        return True


def _cheap(value: object) -> bool:
    """Whether a use of the value costs no more than one of a name."""
    if isinstance(value, str):
        return len(value) <= SHORT
    return value is None or (isinstance(value, int) and value in SMALL)


class _Needed:
    """Which names must stay, as something reads them yet."""

    def __init__(
        self, modules: Mapping[str, ModuleSource], constants: _Constants, folded: Mapping[str, Reads]
    ):
        self._constants = constants
        self._mentioned: set[str] = set()  # by an attribute or a string of any module
        self._read: set[Key] = set()
        self._aliases: set[Key] = set()  # of modules whose constants were folded
        for module in modules.values():
            gone = folded[module.name]
            bases = {node.value for node in gone if isinstance(node, ast.Attribute)}
            self._aliases |= {(module.name, base.id) for base in bases}
            left = [n for n in module.reads if n not in gone and n not in bases]
            self._read |= {(module.name, n.id) for n in left if isinstance(n, ast.Name)}
            self._mentioned |= {n.attr for n in left if isinstance(n, ast.Attribute)} | set(module.strings())
        imports = [(module, node) for module in modules.values() for node in module.imports()]
        before = -1
        while before < len(self._read):
            before = len(self._read)
            self._read |= {(node.module, name) for m, node in imports for name, _ in self.names_left(m, node)}

    def names_left(self, module: ModuleSource, statement: ast.ImportFrom) -> list[tuple[str, str | None]]:
        """What of an import must stay: (name, name here or None)."""
        return [
            (alias.name, alias.asname)
            for alias in statement.names
            if self.has(module, alias.asname or alias.name)
        ]

    def has(self, module: ModuleSource, name: str) -> bool:
        """Whether a name in the body of `module` must stay."""
        key = (module.name, name)
        if key in self._read or (module.name, "*") in self._read or name in self._mentioned:
            return True
        return key not in self._aliases and not self._constants.is_one(key)


def _edits(
    module: ModuleSource, constants: _Constants, folded: Reads, needed: _Needed
) -> Iterator[tuple[ast.stmt | ast.expr, str]]:
    replaced: set[ast.AST] = set()  # all nodes of statements that are written anew
    for statement in module.tree.body:
        new = _rewritten(module, statement, constants, needed)
        if new is not None:
            replaced |= set(ast.walk(statement))
            yield statement, new
    for node, key in folded.items():
        if node not in replaced:
            yield node, _literal(constants.value(key))


def _rewritten(
    module: ModuleSource, statement: ast.stmt, constants: _Constants, needed: _Needed
) -> str | None:
    """A statement of the module's body without the names that nothing needs; None: it stays."""
    if isinstance(statement, ast.ImportFrom):
        left = needed.names_left(module, statement)
        if len(left) == len(statement.names):
            return None
        names = ", ".join(f"{name} as {here}" if here else name for name, here in left)
        return f"from {statement.module} import {names}" if left else "pass"
    if not isinstance(statement, ast.Assign):
        return None
    names = targets(statement)
    left = [name for name in names if needed.has(module, name)]
    if len(left) == len(names):
        return None
    values = dict(zip(*constants.assigned(module, statement), strict=True))
    return "; ".join(f"{name} = {values[name]!r}" for name in left) or "pass"


def _literal(value: object) -> str:
    """As it can stand for a name in any expression."""
    return repr(value) if isinstance(value, str | bytes) else f"({value!r})"

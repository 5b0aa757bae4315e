"""The compiled WebAssembly modules that all VMs of a process share.

The MicroPython build uses Emscripten's setjmp/longjmp: it imports `invoke_*` (call a function through
the table, and say whether it was left by longjmp) and `_emscripten_throw_longjmp`.  A browser does these
with JavaScript exceptions.  Here a small generated module does them with WebAssembly exceptions, so no
Python frame stands on that path: it is taken for nearly every `try` and every call of a bytecode function.
"""

from functools import cache
from pathlib import Path

from wasmtime import Config, Engine, Module, wat2wasm

TABLE_SIZE = 4096  # the VM's function table is copied into ours; three more slots hold the helpers below
STACK_GET, STACK_SET, THREW_SET = TABLE_SIZE - 1, TABLE_SIZE - 2, TABLE_SIZE - 3


class Runtime:
    """Engine and modules; `shared()` gives the one of this process."""

    def __init__(self, wasm: Path):
        config = Config()
        config.wasm_exceptions = True
        config.consume_fuel = True  # counts the program's work, exactly and repeatably
        self.engine = Engine(config)
        self.module = Module.from_file(self.engine, str(wasm))
        signatures = [
            (wanted.name, len(wanted.type.params), bool(wanted.type.results))
            for wanted in self.module.imports
            if wanted.name.startswith("invoke_")
        ]
        self.trampolines = Module(self.engine, wat2wasm(_trampolines(signatures)))
        self.linker = Module(self.engine, wat2wasm(_LINKER))


@cache
def shared(wasm: Path) -> Runtime:
    return Runtime(wasm)


def _trampolines(signatures: list[tuple[str, int, bool]]) -> str:
    """A module with one `invoke_*` per signature (name, parameters with the table index, has a result)."""
    head = f"""(module (tag $longjmp)
      (table $functions (export "table") {TABLE_SIZE} funcref)
      (type $stack_get (func (result i32)))
      (type $stack_set (func (param i32)))
      (type $threw_set (func (param i32 i32)))
      (func (export "_emscripten_throw_longjmp") (throw $longjmp))"""
    return head + "".join(_trampoline(*signature) for signature in signatures) + ")"


def _trampoline(name: str, parameters: int, has_result: bool) -> str:
    result = "(result i32)" if has_result else ""
    forwarded = " ".join(f"(local.get {i})" for i in range(1, parameters))
    callee = f"(param {' '.join(['i32'] * (parameters - 1))})" if parameters > 1 else ""
    return f"""
      (type ${name} (func {callee} {result}))
      (func (export "{name}") (param {" ".join(["i32"] * parameters)}) {result} (local $stack i32)
        (local.set $stack (call_indirect $functions (type $stack_get) (i32.const {STACK_GET})))
        (block $jumped
          (try_table {result} (catch $longjmp $jumped)
            (call_indirect $functions (type ${name}) {forwarded} (local.get 0)))
          (return))
        (call_indirect $functions (type $stack_set) (local.get $stack) (i32.const {STACK_SET}))
        (call_indirect $functions (type $threw_set) (i32.const 1) (i32.const 0) (i32.const {THREW_SET}))
        {"(i32.const 0)" if has_result else ""})"""


# Fills the trampolines' table once the VM exists: its own functions, and the three helpers.
_LINKER = f"""(module
  (import "vm" "table" (table $source 0 funcref))
  (import "trampolines" "table" (table $target {TABLE_SIZE} funcref))
  (import "vm" "stack_get" (func $stack_get (result i32)))
  (import "vm" "stack_set" (func $stack_set (param i32)))
  (import "vm" "threw_set" (func $threw_set (param i32 i32)))
  (elem declare func $stack_get $stack_set $threw_set)
  (func (export "link")
    (table.copy $target $source (i32.const 0) (i32.const 0) (table.size $source))
    (table.set $target (i32.const {STACK_GET}) (ref.func $stack_get))
    (table.set $target (i32.const {STACK_SET}) (ref.func $stack_set))
    (table.set $target (i32.const {THREW_SET}) (ref.func $threw_set))))"""

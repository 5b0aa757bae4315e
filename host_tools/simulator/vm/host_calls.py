"""Python functions as imports of the VM, by the shortest way.

Every call from firmware to chip and file system comes through here.  wasmtime's own wrapper takes some
15 us for each, most of it in objects for the types of arguments and results; here they are read as the
32-bit integers that they nearly all are, from the array in which wasmtime passes them.
"""

import ctypes
import itertools
from collections.abc import Callable

from wasmtime import Func, FuncType, Store, Trap
from wasmtime import _ffi as ffi

SLOT = ctypes.sizeof(ffi.wasmtime_val_raw_t)  # bytes of one argument in the array
TYPES = {"i32": ctypes.c_int32, "i64": ctypes.c_int64, "f64": ctypes.c_double}
CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_size_t, ctypes.c_size_t, ctypes.c_void_p, ctypes.POINTER(ctypes.c_int32), ctypes.c_size_t
)
Values = "ctypes.Array[ctypes.c_int32]"  # the arguments, and in place of the first one the result

_numbers = itertools.count(1)
_functions: dict[int, tuple["HostCalls", Callable, Callable, Callable]] = {}


class HostCalls:
    """The functions that one VM imports; `raised` is what the last of them raised."""

    def __init__(self, store: Store):
        self.raised: BaseException | None = None
        self._store = store
        self._numbers: list[int] = []

    def function(self, kind: FuncType, call: Callable) -> Func:
        """`call(*numbers)` as a function of that type, for which it returns a number or None."""
        parameters = [str(parameter) for parameter in kind.params]
        result = str(kind.results[0]) if kind.results else None
        number = next(_numbers)
        _functions[number] = (self, call, _reader(parameters), _writer(result))
        self._numbers.append(number)
        made = ffi.wasmtime_func_t()
        ffi.wasmtime_func_new_unchecked(
            self._store._context(), kind.ptr(), _ENTRY, number, _DROPPED, ctypes.byref(made)
        )
        return Func._from_raw(made)

    def close(self) -> None:
        """Let go of the functions; the VM runs no more."""
        for number in self._numbers:
            del _functions[number]
        self._numbers.clear()


def _reader(kinds: list[str]) -> Callable[[Values], list]:
    """Takes the arguments out of the array."""
    if all(kind == "i32" for kind in kinds):
        places = [number * SLOT // 4 for number in range(len(kinds))]
        return lambda values: [values[place] for place in places]
    return lambda values: [_typed(values, kind, number) for number, kind in enumerate(kinds)]


def _typed(values: Values, kind: str, number: int) -> int | float:
    type_ = TYPES[kind]
    return ctypes.cast(values, ctypes.POINTER(type_))[number * SLOT // ctypes.sizeof(type_)]


def _writer(kind: str | None) -> Callable[[Values, int | float | None], None]:
    """Puts the result where the first argument was."""
    if kind is None:
        return lambda values, result: None
    if kind == "i32":
        return lambda values, result: values.__setitem__(0, result)
    type_ = ctypes.POINTER(TYPES[kind])
    return lambda values, result: ctypes.cast(values, type_).__setitem__(0, result)


@CALLBACK
def _enter(number: int, _caller: int, values: Values, _count: int) -> int:
    calls, call, read, write = _functions[number]
    try:
        write(values, call(*read(values)))
        return 0
    except BaseException as raised:  # it goes on where the VM was called from
        calls.raised = raised
        return ctypes.cast(Trap("raised by the host")._consume(), ctypes.c_void_p).value


_ENTRY = ctypes.cast(_enter, ffi.wasmtime_func_unchecked_callback_t)
_DROPPED = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(0)

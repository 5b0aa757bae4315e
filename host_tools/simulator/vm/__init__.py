"""One MicroPython VM: the official WebAssembly build, hosted by wasmtime."""

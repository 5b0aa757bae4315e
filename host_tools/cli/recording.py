"""`citynode simulate --record`: the dialogue of board and modem, into a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from host_tools.dialogue import Recorder
from host_tools.simulator.simulation import Prepare, Stage


@contextmanager
def recording(file: Path | None) -> Iterator[Prepare]:
    """What prepares a stage so that its dialogue goes to `file`, or not if that is None."""
    if file is None:
        yield lambda _stage: None
        return
    with file.open("w", encoding="ascii") as text:
        recorder = Recorder(text)

        def prepare(stage: Stage) -> None:
            queue = stage.queue
            text.write(f"# {stage.node}, seed {stage.options.seed}\n")
            stage.simulated.modem.line.taps.append(
                lambda direction, data: recorder.note(queue.now_us, direction, data)
            )

        yield prepare

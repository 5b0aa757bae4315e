"""asyncio as MicroPython documents it, over the VM's C `Task` and `TaskQueue`.

The build's own needs a JavaScript event loop; this one blocks in `run`, as on a chip, and waits in
the chip's idle call.
"""

from .core import (
    CancelledError,
    Loop,
    Task,
    TimeoutError,
    create_task,
    current_task,
    get_event_loop,
    new_event_loop,
    run,
    run_until_complete,
    sleep,
    sleep_ms,
)
from .funcs import gather, wait_for, wait_for_ms
from .stream import StreamReader, StreamWriter
from .sync import Event, Lock, ThreadSafeFlag

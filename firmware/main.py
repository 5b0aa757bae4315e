# The node's main program; everything else is compiled, under /lib.
import asyncio

import board

from firmware import crash, watchdog
from firmware.hardware import load

try:
    watchdog.start()
    safe = crash.safe_mode()
    print("node: a", board.PRODUCT, "in SAFE MODE: it crashed again and again" if safe else "")
    asyncio.run(load(board.LIFE + ":main")(safe))
except Exception as error:  # a node in the street must come back, whatever went wrong
    pause_s = crash.keep(error)
    print("node: restarts in", pause_s, "s")
    crash.restart(pause_s, board.LIFE == "firmware.sleeper")
finally:  # somebody pressed Ctrl-C, or the node is not provisioned
    watchdog.lift()

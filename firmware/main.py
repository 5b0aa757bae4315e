# The node's main program; everything else is compiled, under /lib.
import asyncio
import sys
import time

import machine

from firmware import node

RESTART_AFTER_S = 10  # leaves a person at the console time to press Ctrl-C

try:
    asyncio.run(node.main())
except Exception as error:  # a node in the street must come back, whatever went wrong
    sys.print_exception(error)
    print("node: restarts in", RESTART_AFTER_S, "s")
    time.sleep(RESTART_AFTER_S)
    machine.reset()

"""Where things lie in the memory of the one MicroPython build that we run, pinned by its hash (`fetch.py`).

Found by comparing the memory before and after a call, or with `id()`.  `test_esp32_identity.py`,
`test_mpremote.py` and `test_vm.py` would notice another build.  A string object is four words: type,
hash, length, address of the text; a map entry is two words: name, value.
"""

# Counts how deep the host is inside calls into the VM; the collector runs only at depth one.
DEPTH = 0x2D708

# The scheduler of callbacks: a ring of (function, argument), and one word of state (16 bits), length, index.
CALLBACK_RING, CALLBACK_SLOTS = 0x2D3D4, 4
SCHEDULER = 0x2D410
IDLE, PENDING = 1, 0  # its state

PLATFORM = 0x18F50  # the string object sys.platform
MACHINE = 0x18F74  # sys.implementation._machine
BUILD_NAME = 0x18F84  # sys.implementation._build
STDOUT_BUFFER_FD = 0x2BA94  # the file descriptor in sys.stdout.buffer
BROWSER_MODULES = (0x17638, 0x17640)  # entries of `js` and `jsffi` in the table of modules
FROZEN_PREFIX = 0x146D5  # the text ".frozen/" at which the import of a module turns to the build's own ones
FROZEN_NAMES, FROZEN_NAMES_SIZE = 0x1A920, 0x1C1  # names of frozen modules, each ends with a zero byte

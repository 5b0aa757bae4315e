"""`input` with a line editor as plain as a serial console needs: the build's own would spin for ever."""

import builtins
import sys

import _nudge  # which has to stay when `sys.modules` no longer lists it

_END_OF_FILE, _BACKSPACE, _DELETE = "\x04", "\x08", "\x7f"


def input(prompt=""):
    sys.stdout.write(prompt)
    line = ""
    while True:
        key = sys.stdin.read(1)
        if key in ("\r", "\n"):
            sys.stdout.write("\n")
            return line
        if key == _END_OF_FILE and not line:
            raise EOFError
        if key in (_BACKSPACE, _DELETE):
            if line:
                line = line[:-1]
                sys.stdout.write("\x08 \x08")
        elif key >= " ":
            line += key
            sys.stdout.write(key)


builtins.input = input

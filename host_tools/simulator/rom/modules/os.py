"""`os` as on an ESP32."""

import uos
from _chip import call
from _operations import RANDOM
from uos import *


def urandom(count):
    return bytes([call(RANDOM) & 0xFF for _ in range(count)])


def sync():
    pass

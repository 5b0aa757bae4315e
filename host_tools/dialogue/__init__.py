"""What a board and its modem say to each other: written down, read, and said again."""

from host_tools.dialogue.player import Player
from host_tools.dialogue.record import Record, Recorder, read_records

__all__ = ["Player", "Record", "Recorder", "read_records"]

"""The fobs of crews that may open the cover: beacons of Eddystone-EID, which the chip's own radio hears.

Each opening gets a few looks, counted in the RTC's memory: one that breaks the cell's voltage down is the
last.  The keys are in NVS.  Only what a silent wake needs is here: what listens is in crew_radio.py.
"""

from firmware.kept import CREW_SLOT, NvsBlob, RtcSlot
from protocols.eddystone import IDENTITY_SIZE

KEY, MOST = "crew", 4
LOOKS = 3
NONE = b"\0"  # NVS keeps no empty blob


class CrewTags:
    """`minutes`: how long an opening is authorised."""

    def __init__(self, **settings):
        self._slot = RtcSlot(*CREW_SLOT)
        self._keys = NvsBlob(KEY, IDENTITY_SIZE * MOST)
        self.commands = {"crew": (self._replace, "keys")}
        self.configure(**settings)

    def configure(self, minutes=120, listen_ms=2200):
        """listen_ms: two advertisements of a fob that sends one a second."""
        self.minutes = minutes
        self._listen_ms = listen_ms

    def authorised(self, is_open, is_armed):
        """The number of the crew whose fob is here, 1 to 4; 0: nobody's.  It blocks while it listens."""
        looks = (self._slot.load() or b"\0")[0]
        if looks and not is_open:
            self._slot.store(b"")
        if not is_open or not is_armed or looks >= LOOKS:
            return 0
        keys = self._keys.load()
        if len(keys) < IDENTITY_SIZE:
            return 0
        from firmware.crew_radio import near

        self._slot.store(bytes((LOOKS,)))
        crew = near(keys, self._listen_ms)
        if not crew:
            self._slot.store(bytes((looks + 1,)))
        return crew

    def _replace(self, keys):
        """keys: of all crews, as in NVS; none are b""."""
        if not isinstance(keys, bytes) or len(keys) % IDENTITY_SIZE or len(keys) > IDENTITY_SIZE * MOST:
            raise ValueError("wrong keys")
        self._keys.store(keys or NONE)
        return "crews: %d" % (len(keys) // IDENTITY_SIZE)

"""The smart pole's own logic: a lamp that is on unless told otherwise."""

SAFE_LEVEL_PERCENT = 100  # a dark street is the worse failure


class Application:
    def __init__(self, parts):
        self._lamp = parts["lamp"]
        self._lamp.set(SAFE_LEVEL_PERCENT)
        self.commands = {"lamp": (self.dim, "PERCENT")}

    def dim(self, percent):
        """Command `lamp PERCENT`: 0 is off, 100 is full."""
        self._lamp.set(percent)
        return "%d %%" % self._lamp.level_percent

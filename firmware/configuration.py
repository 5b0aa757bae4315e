"""The settings that the server may change, and what is in use of them.

NVS holds two records, each [version, settings, failures]: of the settings that have proved themselves, and
of those that came last.  These are None once they are refused, and else on trial until a message was
acknowledged with them in use.  How they come and go is in trial.py, which is loaded for that only.
"""

import sys

import firmware
from firmware.rules import NO_RULE
from protocols.cbor_decoder import loads
from protocols.cbor_encoder import dumps
from protocols.errors import DecodeError

KEYS, LONGEST = ("config", "config_try"), 512  # in NVS, and bytes of either
PROVED, LAST = 0, 1  # the records

FAILURES = 5  # that a trial survives: starts, or fruitless wake-ups of a node that sleeps
RULE = "step", "min_s", "above", "below", "hysteresis"  # behind the class, in the order of board.RULES


class Configuration:
    """What is in use: what the settings leave out is as provisioned, or as the board file has it.

    `version` (0: none), `sample_s`, `report_s`, `send_s`, `health_s`, `server` (host, port), `place`
    (None: not known), `plans` and `safe` (by output, those that were set), `rules` (as board.RULES), `parts`
    (settings by part, those that were set).
    `changed` is set whenever they may be others than before; who has applied them clears it.
    """

    def __init__(self, board, provisioned, blobs, tell, log, woke=False):
        """board: the module.  blobs: the NvsBlobs of KEYS.  tell(version, text): why settings are not in use.

        woke: from deep sleep, which is no start that could be the settings' fault.
        """
        self.board = board
        self.tell = tell
        self.log = log
        self.since_s = None  # the uptime when poll was first called in this trial
        self._provisioned = provisioned
        self._blobs = blobs
        self.records = [self._loaded(blob) for blob in blobs]
        if not woke:
            self.failed()
        self.use()

    def take(self, version, settings):
        """A message was acknowledged, which proves what is in use; the server wants the node to have these.

        settings: a map, or None if none came along.
        """
        if version in (self.version, self.records[LAST][0]):  # in use, or refused
            settings = None
        if settings is not None or self.on_trial():
            self._change("take", version, settings)

    def failed(self):
        """A node that sleeps woke up to send, and got no answer."""
        if self.on_trial():
            self._change("failed")

    def poll(self, uptime_s):
        """Ask every minute or so, and after `failed`: ends a trial that has found no answer."""
        if self.on_trial():
            self._change("poll", uptime_s)

    def erase(self):
        """As the factory made it."""
        self._change("erase")

    def configure_parts(self, parts):
        """Give each driver all its settings: the board file's, and over them those that were set."""
        for name in self.board.SETTINGS:
            if name in parts:
                settings = dict(self.board.PARTS[name][-1])
                settings.update(self.parts.get(name, {}))
                parts[name].configure(**settings)

    def on_trial(self):
        version, settings, _ = self.records[LAST]
        return settings is not None and version not in (0, self.records[PROVED][0])

    def write(self, which, version, settings, failures=0):
        """Keep a record: one write, so that a power cut leaves the one before or this one."""
        self.records[which] = [version, settings, failures]
        self._blobs[which].store(dumps(self.records[which]))

    def use(self):
        """Take the attributes from the record that counts."""
        trial = self.on_trial() and self.records[LAST][2] <= FAILURES
        self.version, settings, _ = self.records[trial]
        board, provisioned = self.board, self._provisioned
        get = settings.get
        self.report_s = get("report_s", provisioned.report_s) or board.REPORT_S
        self.sample_s = min(get("sample_s", board.SAMPLE_S), self.report_s)
        self.send_s = get("send_s", board.SEND_S)
        self.health_s = get("health_s", board.HEALTH_S)
        self.server = tuple(get("server", (provisioned.host, provisioned.port)))
        self.place = get("place")
        self.plans = get("plans", {})
        self.safe = get("safe", {})
        self.parts = get("parts", {})
        self.rules = dict(board.RULES)
        changes = get("rules", {})
        for index, point in enumerate(board.POINTS):
            change = changes.get(point[0])
            if change:
                rule = self.rules.get(index, NO_RULE)
                self.rules[index] = rule[:1] + tuple([change.get(RULE[i], rule[1 + i]) for i in range(5)])
        self.changed = True

    def _loaded(self, blob):
        data = blob.load()
        try:
            return loads(data)
        except DecodeError:
            if data:
                self.log("configuration: cannot be read")
            return [0, {}, 0]

    def _change(self, name, *arguments):
        from firmware import trial

        try:
            getattr(trial, name)(self, *arguments)
        finally:
            del sys.modules["firmware.trial"], firmware.trial

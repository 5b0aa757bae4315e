"""What a node is told once, by cable: who it is, whom it reports to, and its keys.

It lies in NVS, where neither a new application nor a new file system touches it.
"""

import json
from binascii import unhexlify

from firmware.kept import NvsBlob

KEY = "provision"
LONGEST = 1024  # bytes
LONGEST_REPORT_S = 86400  # a day; within six, the millisecond ticks can tell before from after


class NotProvisionedError(Exception):
    """The node cannot work with what it was told, or was told nothing; the text says why."""


class Settings:
    """`node` (name), `host` and `port` of the server, `report_s` (None: as the board says).

    `plaintext` is for benches: the link is not protected.  Else `kid`, `secret` and `salt` are OSCORE's.
    """

    def __init__(self, data):
        """data: what was provisioned.  Raises NotProvisionedError."""
        if not isinstance(data, dict):
            raise NotProvisionedError("it holds no object")
        self.node = _entry(data, "node", str)
        server = _entry(data, "server", list)
        if len(server) != 2 or not isinstance(server[0], str) or not isinstance(server[1], int):
            raise NotProvisionedError("server is not [host, port]")
        self.host, self.port = server
        self.report_s = data.get("report_s")
        if self.report_s is not None and not 1 <= _entry(data, "report_s", int) <= LONGEST_REPORT_S:
            raise NotProvisionedError("report_s is not 1 to %d" % LONGEST_REPORT_S)
        security = _entry(data, "security", str)
        if security not in ("oscore", "plaintext"):
            raise NotProvisionedError("provisioned for %s, which this firmware does not speak" % security)
        self.plaintext = security == "plaintext"
        if not self.plaintext:
            self.kid, self.secret, self.salt = [_key(data, name) for name in ("kid", "secret", "salt")]


def settings():
    """The node's Settings; None, and a word at the console, without."""
    try:
        found = _load()
        print("node:", found.node)
        return found
    except NotProvisionedError as error:
        print("node: not provisioned:", error)
        print("node: run `citynode provision` on this port")
        return None


def _load():
    content = NvsBlob(KEY, LONGEST).load()
    if not content:
        raise NotProvisionedError("there is no provisioning")
    try:
        return Settings(json.loads(content))
    except ValueError as error:
        raise NotProvisionedError("not JSON: %s" % error)


def _entry(data, name, kind):
    if not isinstance(data.get(name), kind):
        raise NotProvisionedError("%s is missing or wrong" % name)
    return data[name]


def _key(data, name):
    try:
        return unhexlify(_entry(data, name, str))
    except ValueError:
        raise NotProvisionedError("%s is not hexadecimal" % name)

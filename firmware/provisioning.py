"""What a node is told once, by cable: who it is, whom it reports to, and its secrets."""

import json
from errno import ENOENT

FILE = "/provision.json"
LONGEST_REPORT_S = 86400  # a day; within six, the millisecond ticks can tell before from after


class NotProvisionedError(Exception):
    """The node cannot work with what it was told, or was told nothing; the text says why."""


class Settings:
    """`node` (name), `host` and `port` of the server, `report_s` (None: as the board says).

    The secrets in the file are for OSCORE, which this version does not speak yet; they stay there.
    """

    def __init__(self, data):
        """data: the file's content.  Raises NotProvisionedError."""
        if not isinstance(data, dict):
            raise NotProvisionedError(FILE + " holds no object")
        self.node = _entry(data, "node", str)
        server = _entry(data, "server", list)
        if len(server) != 2 or not isinstance(server[0], str) or not isinstance(server[1], int):
            raise NotProvisionedError(FILE + ": server is not [host, port]")
        self.host, self.port = server
        self.report_s = data.get("report_s")
        if self.report_s is not None and not 1 <= _entry(data, "report_s", int) <= LONGEST_REPORT_S:
            raise NotProvisionedError("%s: report_s is not 1 to %d" % (FILE, LONGEST_REPORT_S))
        if _entry(data, "security", str) != "plaintext":
            raise NotProvisionedError("provisioned for a secure link, which this firmware does not speak")


def load():
    """The node's Settings.  Raises NotProvisionedError."""
    try:
        with open(FILE) as file:
            data = json.load(file)
    except OSError as error:
        reason = "there is no " + FILE if error.errno == ENOENT else "cannot read %s: %s" % (FILE, error)
        raise NotProvisionedError(reason)
    except ValueError as error:
        raise NotProvisionedError("%s is not JSON: %s" % (FILE, error))
    return Settings(data)


def _entry(data, name, kind):
    if not isinstance(data.get(name), kind):
        raise NotProvisionedError("%s: %s is missing or wrong" % (FILE, name))
    return data[name]

"""Numbers of the messages between node and collector (docs/messages.md); both ends take them from here."""

REPORTS, RESULTS = 2, 3  # keys of the uplink
VERSION, SERVER_TIME, COMMANDS, ACKNOWLEDGED, CONFIGURATION = range(5)  # keys of the downlink

DOWNLINK_VERSION = 1

COLLECTOR_ID = b""  # its Sender ID in OSCORE; a node's has two bytes or more

DONE, UNKNOWN_COMMAND, BAD_ARGUMENT, EXPIRED, FAILED = range(5)  # status of a command's result

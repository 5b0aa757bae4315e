"""Numbers of the messages between node and collector (docs/messages.md); both ends take them from here."""

SCHEMA_ID, REPORTS, RESULTS = 1, 2, 3  # keys of the uplink
SERVER_TIME, COMMANDS = 1, 2  # keys of the downlink

DONE, UNKNOWN_COMMAND, BAD_ARGUMENT, EXPIRED, FAILED = range(5)  # status of a command's result

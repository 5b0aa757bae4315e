"""Numbers of the messages between node and collector (docs/messages.md); both ends take them from here."""

# Keys of the uplink.
REPORTS, RESULTS, EVENTS, HEALTH, IN_USE = 2, 3, 4, 5, 6
# Keys of the downlink.
VERSION, SERVER_TIME, COMMANDS, ACKNOWLEDGED, CONFIGURATION_VERSION, CONFIGURATION = range(6)

DOWNLINK_VERSION = 1

COLLECTOR_ID = b""  # its Sender ID in OSCORE; a node's has two bytes or more

DONE, UNKNOWN_COMMAND, BAD_ARGUMENT, EXPIRED, FAILED = range(5)  # status of a command's result

ALARM, FAULT, CRASH, CONFIGURATION_REFUSED, PASS, POWER, MODEM = range(7)  # codes of events
WORKS, SILENT, OUT_OF_RANGE, STUCK = range(4)  # `what` of a fault

"""How settings come and go: checked, tried, in force, or taken back because they cut the node off.

Each function is a step of a Configuration, and writes at most one record at a time: a power cut leaves the
step before or the one after.  A version that both records have has proved itself.
"""

import sys

from firmware.configuration import FAILURES, LAST, PROVED

TRIAL_S = 1800  # of a node that stays awake; if it sends seldom, the time of three messages


def take(configuration, version, settings):
    """A message was acknowledged; settings: a map that the server wants to be in use, or None."""
    last = configuration.records[LAST]
    if configuration.on_trial() and last[0] == configuration.version:
        configuration.write(PROVED, last[0], last[1])
        configuration.log("configuration %d: in force" % last[0])
    if settings is None:
        return
    try:
        _check(settings, configuration.board)
    except ValueError as error:
        _refuse(configuration, version, str(error))
        return
    configuration.write(LAST, version, settings)
    configuration.since_s = None
    configuration.log("configuration %d: on trial" % version)
    configuration.use()


def failed(configuration):
    version, settings, failures = configuration.records[LAST]
    configuration.write(LAST, version, settings, failures + 1)


def poll(configuration, uptime_s):
    if configuration.since_s is None:
        configuration.since_s = uptime_s
    longest_s = max(TRIAL_S, 3 * configuration.report_s, 3 * configuration.send_s)
    version, _, failures = configuration.records[LAST]
    if failures > FAILURES or uptime_s - configuration.since_s > longest_s:
        _refuse(configuration, version, "no answer from the server")
        configuration.use()


def erase(configuration):
    configuration.write(LAST, 0, {})  # first: beside another record it might be on trial again
    configuration.write(PROVED, 0, {})
    configuration.use()


def _refuse(configuration, version, reason):
    configuration.log("configuration %d: %s" % (version, reason))
    configuration.tell(version, reason)  # first: after a power cut it is told twice rather than never
    configuration.write(LAST, version, None)


def _check(settings, board):
    """Raises ValueError.  What it loads for that is dropped."""
    before = set(sys.modules)
    from firmware.configuration_check import check

    try:
        check(settings, board.POINTS, board.RULES, board.OUTPUTS, board.SETTINGS)
    finally:
        for name in sorted(set(sys.modules) - before, reverse=True):  # a package after what is in it
            package, _, module = name.rpartition(".")
            delattr(sys.modules[package], module)
            del sys.modules[name]

"""The settings that a server may send a node (docs/configuration.md), and their check on both ends.

A CBOR map; all keys are text, and none has to be there:
    sample_s, report_s, send_s, health_s    seconds
    rules   {point: {step, min_s, above, below, hysteresis}}, in steps of the point's scale; None: none
    place   [zone, latitude, longitude]; plans {output: plan}: see firmware/schedule/rules.py
    safe    {output: percent}
    server  [host, port]
    parts   {part: {setting: a number, or the rows of a table}}

The node loads this file only when settings come.
"""

from protocols.cbor_encoder import dumps
from protocols.report.layout import MAX_VALUE

MAX_BYTES = 400  # encoded: a downlink has room for it, and for what it acknowledges
LONGEST_S = 86_400  # the node's clock arithmetic wants to be asked more often than its ticks wrap
MAX_HOST = 100  # characters

LEAST_S = {"sample_s": 1, "report_s": 1, "send_s": 0, "health_s": 1}
HOST_CHARACTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-"  # go into an AT command
RULE = "step", "min_s", "above", "below", "hysteresis"
MAY_BE_NONE = "step", "above", "below"
NO_RULE = None, None, 0, None, None, 0
MAX_ROWS = 16  # of a table


def check(settings, points, rules, outputs, parts):
    """ValueError: they cannot be; the text says which, and why.

    points, rules, outputs, parts: as POINTS, RULES, OUTPUTS and SETTINGS of the node's module `board`.
    """
    for key in settings:
        value = settings[key]
        if key in LEAST_S:
            _check_integer(key, value, LEAST_S[key], LONGEST_S)
        elif key == "rules":
            _check_rules(value, points, rules)
        elif key == "place" or key == "plans":
            _check_schedule(settings, outputs)
        elif key == "safe":
            _check_keys(key, value, outputs)
            for name in value:
                _check_integer("safe." + name, value[name], 0, 100)
        elif key == "server":
            _check_server(value)
        elif key == "parts":
            _check_parts(value, parts)
        else:
            raise ValueError("unknown key %r" % (key,))
    size = len(dumps(settings))
    if size > MAX_BYTES:
        raise ValueError("%d bytes, more than %d" % (size, MAX_BYTES))


def check_setting(what, value, limits):
    """Of a part.  limits: least and most; of a table of each column, the first of which has to rise."""
    if not isinstance(limits[0], (list, tuple)):
        _check_integer(what, value, limits[0], limits[1])
        return
    if not isinstance(value, list) or not 2 <= len(value) <= MAX_ROWS:
        raise ValueError("%s is no table of 2 to %d rows" % (what, MAX_ROWS))
    before = limits[0][0] - 1
    for row in value:
        if not isinstance(row, list) or len(row) != len(limits):
            raise ValueError("%s: a row has %d numbers" % (what, len(limits)))
        for i in range(len(limits)):
            _check_integer(what, row[i], limits[i][0], limits[i][1])
        if row[0] <= before:
            raise ValueError("%s: the rows do not rise" % what)
        before = row[0]


def _check_parts(changes, parts):
    _check_keys("parts", changes, parts)
    for part in changes:
        what = "parts." + part
        _check_keys(what, changes[part], parts[part])
        for name in changes[part]:
            check_setting(what + "." + name, changes[part][name], parts[part][name])


def _check_integer(what, value, least, most):
    if type(value) is not int or not least <= value <= most:
        raise ValueError("%s is not %d to %d" % (what, least, most))


def _check_keys(what, entries, known):
    if not isinstance(entries, dict):
        raise ValueError("%s is no map" % what)
    for key in entries:
        if key not in known:
            raise ValueError("%s: there is no %r" % (what, key))


def _check_rules(changes, points, rules):
    places = {point[0]: index for index, point in enumerate(points)}
    _check_keys("rules", changes, places)
    for name in changes:
        index = places[name]
        least, most = points[index][4:6]
        if least is None:
            least, most = -MAX_VALUE, MAX_VALUE
        _check_rule("rules." + name, changes[name], least, most, rules.get(index, NO_RULE))


def _check_rule(what, change, least, most, rule):
    """least, most: of the point's values.  rule: what holds for those that `change` does not name."""
    _check_keys(what, change, RULE)
    limits = (1, most - least), (0, LONGEST_S), (least, most), (least, most), (0, (most - least) // 2)
    whole = []
    for i, key in enumerate(RULE):
        value = change.get(key, rule[1 + i])
        if key in change and not (value is None and key in MAY_BE_NONE):
            _check_integer(what + "." + key, value, limits[i][0], limits[i][1])
        whole.append(value)
    _, _, above, below, hysteresis = whole
    low = least if below is None else below + hysteresis
    high = most if above is None else above - hysteresis
    if low > high or (None not in (above, below) and above <= below):
        raise ValueError("%s: no value would end the alarm" % what)


def _check_schedule(settings, outputs):
    """The rules of schedules are loaded only for settings that have any; no node without outputs has them."""
    if not outputs:
        raise ValueError("there is no output")
    from firmware.schedule.rules import check_place, check_plan

    if "place" not in settings:
        raise ValueError("plans without a place")
    check_place(settings["place"])
    plans = settings.get("plans", {})
    _check_keys("plans", plans, outputs)
    for name in plans:
        try:
            check_plan(plans[name])
        except ValueError as error:
            raise ValueError("plans.%s: %s" % (name, error))


def _check_server(server):
    if not isinstance(server, list) or len(server) != 2:
        raise ValueError("server is not [host, port]")
    host, port = server
    if not isinstance(host, str) or not 1 <= len(host) <= MAX_HOST:
        raise ValueError("server: host is not 1 to %d characters" % MAX_HOST)
    if any(character not in HOST_CHARACTERS for character in host):
        raise ValueError("server: host is not of letters, digits, dots and hyphens")
    _check_integer("server: port", port, 1, 65535)

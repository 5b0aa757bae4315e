from firmware.configuration_check import MAX_BYTES, check
from protocols import cbor
from tests.portable.check import raises

POINTS = (
    ("voltage", "meter", "voltage_mv", 100, 0, 3000, None, None),
    ("energy", "meter", "energy_wh", 1, None, None, None, None),
)
RULES = {0: (0, 50, 60, 2530, 1870, 30)}
OUTPUTS = {"lamp": ("lamp", 100)}
PARTS = {"gauge": {"datum_mm": [-500, 9000], "rating": [[-100, 100], [0, 1000]]}}
PLACE = [480, 225431, 1140579]
PLAN = [0, [[127, 40, 0, 1380, 0, 300], [255, 100, 2, 0, 1, 0]], [[2465, 2471, 0]]]
WHOLE = {
    "sample_s": 10,
    "report_s": 300,
    "send_s": 0,
    "health_s": 86_400,
    "rules": {
        "voltage": {"step": 20, "min_s": 0, "above": 2500, "below": 1900, "hysteresis": 10},
        "energy": {"step": 1000},
    },
    "place": PLACE,
    "plans": {"lamp": PLAN},
    "safe": {"lamp": 30},
    "server": ["collector-2.example.com", 5684],
    "parts": {"gauge": {"datum_mm": -500, "rating": [[-100, 0], [0, 7], [100, 1000]]}},
}


def taken(settings):
    check(settings, POINTS, RULES, OUTPUTS, PARTS)


def refusal(**settings):
    return str(raises(ValueError, taken, settings))


def test_what_is_right_is_taken():
    taken({})
    taken(WHOLE)
    taken(cbor.loads(cbor.dumps(WHOLE)))
    for key in WHOLE:
        if key != "plans":
            taken({key: WHOLE[key]})


def test_every_key_has_its_form():
    for key in WHOLE:
        for wrong in (None, "", [], -1, 1.5, True, 86_401, [[]], {"": 1}, {1: 1}, {"lamp": None}):
            changed = dict(WHOLE)
            changed[key] = wrong
            text = str(raises(ValueError, taken, changed))
            assert text.startswith(key) or key in ("place", "plans"), (key, wrong, text)


def test_times():
    assert refusal(report_s=0) == "report_s is not 1 to 86400"
    assert refusal(send_s=-1) == "send_s is not 0 to 86400"
    assert refusal(health_s=1.0) == "health_s is not 1 to 86400"
    assert refusal(reports_s=60) == "unknown key 'reports_s'"
    assert str(raises(ValueError, taken, {4: 1})) == "unknown key 4"


def test_rules():
    def rule(**change):
        return refusal(rules={"voltage": change})

    assert refusal(rules={"volts": {}}) == "rules: there is no 'volts'"
    assert rule(jump=1) == "rules.voltage: there is no 'jump'"
    assert rule(above=3001) == "rules.voltage.above is not 0 to 3000"
    assert rule(below=-1) == "rules.voltage.below is not 0 to 3000"
    assert rule(step=0) == "rules.voltage.step is not 1 to 3000"
    assert rule(min_s=None) == "rules.voltage.min_s is not 0 to 86400"
    assert rule(hysteresis=1501) == "rules.voltage.hysteresis is not 0 to 1500"
    assert refusal(rules={"energy": {"above": 1 << 29}}).endswith("is not -536870911 to 536870911")
    taken({"rules": {"voltage": {"step": None, "above": None, "below": None}, "energy": {"above": -5}}})


def test_an_alarm_can_end_whatever_the_board_file_says_of_the_rest():
    ends = "rules.voltage: no value would end the alarm"
    assert refusal(rules={"voltage": {"above": 1870}}) == ends
    assert refusal(rules={"voltage": {"above": 1929}}) == ends
    assert refusal(rules={"voltage": {"above": 2000, "below": 2000, "hysteresis": 0}}) == ends
    assert refusal(rules={"voltage": {"above": 29, "below": None}}) == ends
    assert refusal(rules={"voltage": {"above": None, "below": 2971}}) == ends
    taken({"rules": {"voltage": {"above": 30, "below": None}}})
    taken({"rules": {"voltage": {"above": 1930}}})
    taken({"rules": {"voltage": {"above": 1000, "below": None}}})


def test_outputs():
    assert refusal(safe={"lamp": 101}) == "safe.lamp is not 0 to 100"
    assert refusal(safe={"horn": 1}) == "safe: there is no 'horn'"
    assert refusal(plans={"lamp": PLAN}) == "plans without a place"
    assert str(raises(ValueError, check, {"place": PLACE}, POINTS, RULES, {}, PARTS)) == "there is no output"
    assert refusal(place=PLACE, plans={"horn": PLAN}) == "plans: there is no 'horn'"
    assert refusal(place=PLACE, plans={"lamp": [0, []]}).startswith("plans.lamp: a plan is not")
    assert refusal(place=[0, 0]) == "place: not [zone, latitude, longitude]"


def test_servers():
    assert refusal(server=["host"]) == "server is not [host, port]"
    assert refusal(server=["", 5683]) == "server: host is not 1 to 100 characters"
    assert refusal(server=["h" * 101, 5683]) == "server: host is not 1 to 100 characters"
    for host in ('a"', "a\r\n", "a b", "a,1", "ä"):  # it goes into an AT command
        assert refusal(server=[host, 5683]).startswith("server: host is not of letters")
    assert refusal(server=["host", 0]) == "server: port is not 1 to 65535"


def test_the_size_is_bounded():
    full = [0, [[1 + i, 0, 0, 0, 0, 0] for i in range(16)], [[10 * i, 10 * i, 0] for i in range(32)]]
    size = len(cbor.dumps({"place": PLACE, "plans": {"lamp": full, "fan": full}}))
    settings = {"place": PLACE, "plans": {"lamp": full, "fan": full}}
    outputs = {"lamp": ("lamp", 100), "fan": ("fan", 0)}
    text = str(raises(ValueError, check, settings, POINTS, RULES, outputs, PARTS))
    assert text == "%d bytes, more than %d" % (size, MAX_BYTES)


def part_refusal(**settings):
    return refusal(parts={"gauge": settings})


def test_settings_of_parts():
    taken({"parts": {}})
    taken({"parts": {"gauge": {}}})
    assert "there is no 'pump'" in refusal(parts={"pump": {}})
    assert "parts is no map" in refusal(parts=[])
    assert "parts.gauge is no map" in refusal(parts={"gauge": 1})
    assert "there is no 'height_mm'" in part_refusal(height_mm=1)
    for value in (-501, 9001, 1.0, True, "1", None, [1]):
        assert "parts.gauge.datum_mm is not -500 to 9000" in part_refusal(datum_mm=value)


def test_tables_of_parts():
    for table in (5, None, [], [[1, 2]], [[i, 1] for i in range(17)]):
        assert "no table of 2 to 16 rows" in part_refusal(rating=table)
    for row in (1, [], [1], [1, 2, 3]):
        assert "a row has 2 numbers" in part_refusal(rating=[[0, 0], row])
    assert "is not -100 to 100" in part_refusal(rating=[[0, 0], [101, 1]])
    assert "is not 0 to 1000" in part_refusal(rating=[[0, 0], [1, -1]])
    for second in (0, -1):
        assert "do not rise" in part_refusal(rating=[[0, 0], [second, 1]])

"""Settings as people write them, and as they travel."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host_tools.boards import load_board
from host_tools.configuration_form import ConfigurationError, to_form, to_settings
from host_tools.provisioning.identity import ProvisionError

POLE = load_board("smart_pole")
PLAN = [0, [[127, 40, 0, 1380, 0, 300], [255, 100, 2, 0, 1, 0]], [[2465, 2471, 0]]]
FORM = {
    "sample_s": "30s",
    "report_s": "1h30m",
    "send_s": 0,
    "health_s": 7200,
    "rules": {
        "voltage": {"step": 0.5, "min_s": "5m", "above": 250.5, "below": "none", "hysteresis": "none"},
        "temperature": {"below": -20},
    },
    "place": {"zone": "-03:30", "latitude": 47.5615, "longitude": -52.7126},
    "plans": {"lamp": PLAN},
    "safe": {"lamp": 80},
    "server": "collector.example:5700",
}
SETTINGS = {
    "sample_s": 30,
    "report_s": 5400,
    "send_s": 0,
    "health_s": 7200,
    "rules": {
        "voltage": {"step": 5, "min_s": 300, "above": 2505, "below": None, "hysteresis": 0},
        "temperature": {"below": -2000},
    },
    "place": [-210, 475615, -527126],
    "plans": {"lamp": PLAN},
    "safe": {"lamp": 80},
    "server": ["collector.example", 5700],
}


def refusal(form, error=ConfigurationError):
    with pytest.raises(error) as caught:
        to_settings(form, POLE)
    return str(caught.value)


def test_both_forms_of_everything():
    assert to_settings(FORM, POLE) == SETTINGS
    assert to_settings(to_form(SETTINGS, POLE), POLE) == SETTINGS
    assert to_settings({"server": "10.0.0.1"}, POLE) == {"server": ["10.0.0.1", 5683]}


@given(st.integers(0, 3000), st.integers(0, 1000), st.integers(-700_000, 700_000), st.integers(-720, 840))
def test_there_and_back(above, step, degrees, zone):
    rule = {"above": above, "below": None, "hysteresis": 0, "step": step + 1, "min_s": step}
    settings = {"rules": {"voltage": rule}, "place": [zone, degrees, degrees]}
    assert to_settings(to_form(settings, POLE), POLE) == settings


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"report_s": "5 minutes"}, "report_s: '5 minutes' is no duration"),
        ({"report_s": "2d"}, "report_s is not 1 to 86400"),
        ({"reports": 1}, "unknown key 'reports'"),
        ({"rules": 1}, "rules is no table"),
        ({"rules": {"volts": {"step": 1}}}, "there is no point 'volts'"),
        ({"rules": {"voltage": 5}}, "rules.voltage is no table"),
        ({"rules": {"voltage": {"min_s": "soon"}}}, "rules.voltage.min_s: 'soon' is no duration"),
        ({"rules": {"voltage": {"above": "high"}}}, "rules.voltage.above: 'high' is no number"),
        ({"rules": {"voltage": {"above": True}}}, "rules.voltage.above: True is no number"),
        ({"rules": {"voltage": {"above": float("inf")}}}, "rules.voltage.above: inf is no number"),
        ({"rules": {"voltage": {"above": 250.55}}}, "250.55 is no multiple of the point's scale, 0.1"),
        ({"rules": {"voltage": {"above": 301}}}, "rules.voltage.above is not 0 to 3000"),
        ({"place": {"zone": "+08:00"}}, "place has zone, latitude and longitude"),
        ({"place": {"zone": 8, "latitude": 1, "longitude": 1}}, "place.zone: 8 is no time zone"),
        ({"place": {"zone": "+20:00", "latitude": 1, "longitude": 1}}, "place: zone is not -720 to 840"),
        ({"plans": {"lamp": PLAN}}, "plans without a place"),
        ({"safe": {"horn": 1}}, "safe: there is no 'horn'"),
        ({"safe": {"lamp": "full"}}, "safe.lamp is not 0 to 100"),
        ({"sample_s": "2m", "report_s": "30s"}, "sample_s is longer than report_s"),
    ],
)
def test_what_is_refused(form, message):
    assert message in refusal(form)


@pytest.mark.parametrize(
    ("form", "board", "hint"),
    [
        ({"safe": {"horn": 1}}, "smart_pole", "smart_pole has lamp."),
        ({"safe": {"horn": 1}}, "water_level", "water_level has none."),
        ({"parts": {"gage": {}}}, "water_level", "water_level has surface, probe, rain, gauge."),
        ({"rules": {"voltage": {"above": 301}}}, "smart_pole", "citynode boards show smart_pole"),
    ],
)
def test_hints_name_what_there_is(form, board, hint):
    with pytest.raises(ConfigurationError) as caught:
        to_settings(form, load_board(board))
    assert hint in caught.value.hint


def test_a_server_is_as_in_provisioning():
    assert "is no UDP port" in refusal({"server": "host:99999"}, ProvisionError)
    assert "is no server address" in refusal({"server": ["host", 1]}, ProvisionError)

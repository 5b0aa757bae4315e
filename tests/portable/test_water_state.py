"""What a water gauge makes of its readings: level, stage, rise, flow, rain, and the pace."""

from firmware.water_rating import interpolate
from firmware.water_state import WaterState, stage

START_S = 800_000_000
RATING = [[0, 0], [50, 4], [150, 40], [1000, 900]]


class Gauge:
    """A WaterState that sleeps between readings."""

    def __init__(self, **settings):
        self.now_s = START_S
        self.tips = 0
        self.kept = b""
        self.settings = settings

    def read(self, echo_mm=0, probe_mm=0, tips=0, after_s=300):
        """tips: since the last reading, None from a rain gauge that fails."""
        self.now_s += after_s
        state = self.state = WaterState(self.kept)
        state.configure(**self.settings)
        if tips is not None:
            self.tips += tips
        fields = state.judge(self.now_s, echo_mm, probe_mm, None if tips is None else self.tips, 200)
        self.kept = state.kept
        assert len(self.kept) < 96  # the slot of the RTC's memory, and its length
        return fields

    @property
    def pace(self):
        return self.state.again_s, self.state.send_s


def test_a_dry_day():
    gauge = Gauge()
    for hour in range(24):
        fields = gauge.read(echo_mm=-2, probe_mm=1, after_s=3600)
        assert fields["level_mm"] == -1 and fields["stage_code"] == 0
        assert fields["difference_mm"] == -1
        assert ("rise_mmph" in fields) == (hour > 0)
        assert "flow_lps" not in fields  # no rating table
        assert fields["rain_um"] == fields["rain60_umph"] == 0
        assert gauge.pace == (None, None)


def test_datum_and_flow():
    gauge = Gauge(datum_mm=4_321_000, rating=RATING)
    fields = gauge.read(100, 100)
    assert fields["level_mm"] == 100 and fields["elevation_mm"] == 4_321_100
    assert fields["flow_lps"] == 22


def test_rating_table():
    truth = (-50, 0), (0, 0), (25, 2), (50, 4), (100, 22), (150, 40), (575, 470), (1000, 900), (9999, 900)
    for level, flow in truth:
        assert interpolate(RATING, level) == flow, level
    flows = [interpolate(RATING, level) for level in range(-10, 1100)]
    assert flows == sorted(flows)
    assert interpolate([[-100_000, 0], [100_000, 10_000_000]], 99_999) == 9_999_950  # over 31 bits inside


def test_stages_have_hysteresis():
    before, seen = 0, []
    for level in (0, 29, 30, 15, 9, 99, 100, 260, 231, 229, 81, 79, 11, 9, 300, 0):
        before = stage(level, before, (30, 100, 250), 20)
        seen.append(before)
    assert seen == [0, 0, 1, 1, 0, 1, 2, 3, 3, 2, 2, 1, 1, 0, 3, 0]


def test_a_sensor_that_fails_is_left_out():
    gauge = Gauge()
    assert gauge.read(None, 120)["level_mm"] == 120
    assert gauge.read(130, None)["level_mm"] == 130
    fields = gauge.read(None, None)
    assert "level_mm" not in fields and "difference_mm" not in fields and fields["rain_um"] == 0
    assert gauge.read(None, 140)["stage_code"] == 2
    assert "rain_um" not in gauge.read(140, 140, tips=None)


def test_a_spiders_web():
    """An echo from one reading to the next, on a dry day, where no water was."""
    gauge = Gauge()
    gauge.read(0, 0, after_s=3600)
    for _ in range(20):
        fields = gauge.read(1500, 0, after_s=3600)
        assert fields["level_mm"] == 0 and fields["stage_code"] == 0
        assert fields["difference_mm"] == 1500
        assert gauge.pace == (None, None)
    for level in range(0, 300, 20):  # and a flood under it
        assert gauge.read(1500, level, tips=20)["level_mm"] == level
    assert gauge.read(300, 300)["level_mm"] == 300


def test_a_web_within_reach_of_the_water():
    gauge = Gauge()
    gauge.read(0, 0, after_s=3600)
    assert gauge.read(400, 0, after_s=3600)["level_mm"] == 0


def test_a_probe_in_silt():
    """It stays where it was, while the echo rises in the rain."""
    gauge = Gauge()
    gauge.read(0, 0, after_s=3600)
    for level in range(0, 400, 30):
        found = gauge.read(level, 0, tips=20)["level_mm"]
        assert found in ((level, level // 2) if level <= 50 else (level,))
    assert gauge.state.again_s == 60  # it is an alarm


def test_without_a_rain_gauge_the_higher_level_counts():
    gauge = Gauge()
    gauge.read(0, 0, tips=None, after_s=3600)
    assert gauge.read(200, 0, tips=None, after_s=3600)["level_mm"] == 200


def test_rise():
    gauge = Gauge()
    gauge.read(0, 0)
    assert gauge.read(10, 10)["rise_mmph"] == 120
    assert gauge.read(12, 12, after_s=60)["rise_mmph"] == 120  # too soon to tell
    assert gauge.read(0, 0, after_s=240)["rise_mmph"] == -120


def test_rain_over_five_ten_and_sixty_minutes():
    gauge = Gauge()
    gauge.read()
    fields = gauge.read(tips=50)  # ten a minute: 2 mm a minute
    assert fields["rain_um"] == 10_000
    assert fields["rain5_umph"] == 120_000
    assert fields["rain10_umph"] == 60_000
    assert fields["rain60_umph"] == 10_000
    fields = gauge.read(tips=10)
    assert (fields["rain5_umph"], fields["rain10_umph"], fields["rain60_umph"]) == (24_000, 72_000, 12_000)
    for _ in range(10):
        fields = gauge.read()
    assert (fields["rain10_umph"], fields["rain60_umph"]) == (0, 12_000)
    assert gauge.read(after_s=60)["rain60_umph"] == 10_000  # the first minute is over
    assert gauge.read(after_s=600)["rain60_umph"] == 0


def test_rain_between_readings_an_hour_apart_is_taken_as_even():
    gauge = Gauge()
    gauge.read()
    fields = gauge.read(tips=60, after_s=3600)
    assert fields["rain5_umph"] == fields["rain10_umph"] == fields["rain60_umph"] == 12_000
    assert gauge.read(tips=60, after_s=6000)["rain60_umph"] == 7_200  # the last hour of 100 minutes


def test_a_rain_counter_that_lost_its_supply():
    gauge = Gauge()
    gauge.read(tips=1000)
    gauge.tips = 0
    assert gauge.read(tips=3)["rain60_umph"] == 600


def test_the_first_reading_knows_no_rain():
    gauge = Gauge()
    fields = gauge.read(tips=1000)
    assert fields["rain_um"] == 200_000 and fields["rain60_umph"] == 0


def test_the_pace_of_rain():
    """Five tips and it looks every five minutes, until an hour after the last hour with rain."""
    gauge = Gauge()
    gauge.read(after_s=3600)
    gauge.read(tips=4, after_s=3600)
    assert gauge.pace == (None, None)
    gauge.read(tips=5)
    assert gauge.pace == (300, 1800)
    calm = 0
    while gauge.state.again_s:
        gauge.read()
        calm += 1
        assert calm < 50
    assert 22 <= calm <= 25


def test_the_pace_of_water():
    gauge = Gauge()
    gauge.read(0, 0)
    gauge.read(9, 9)
    assert gauge.pace == (300, 1800)  # it rises
    gauge.read(260, 260)
    assert gauge.pace == (60, 1800)  # an alarm, and it rises
    gauge.read(260, 260)
    assert gauge.pace == (300, 1800)  # it stands
    for _ in range(100):
        gauge.read(40, 40)
    assert gauge.pace == (300, 1800)  # attention
    gauge.settings["storm_s"] = 600
    gauge.read(40, 40)
    assert gauge.pace == (600, 1800)


def test_without_a_rain_gauge_it_looks_by_itself_and_reports_no_more():
    gauge = Gauge()
    gauge.read(0, 0, tips=None, after_s=3600)
    assert gauge.pace == (900, None)
    gauge.read(200, 200, tips=None, after_s=900)
    assert gauge.pace == (300, 1800)
    gauge = Gauge(look_s=600)
    gauge.read(0, 0, tips=None)
    assert gauge.pace == (600, None)
    gauge.read(0, 0)
    assert gauge.pace == (None, None)  # it works again


def test_noise_does_not_change_the_pace():
    gauge = Gauge()
    for i in range(200):
        gauge.read(i * 7 % 4 - 2, i * 5 % 3, after_s=3600)
        assert gauge.pace == (None, None)


def test_a_clock_that_was_set():
    gauge = Gauge()
    gauge.read(20, 20)
    gauge.read(25, 25, tips=30)
    state = WaterState(gauge.kept)
    state.clock_jumped(10_000_000)
    gauge.kept = state.kept
    gauge.now_s += 10_000_000
    fields = gauge.read(30, 30)
    assert fields["rise_mmph"] == 60 and fields["rain60_umph"] == 6_000
    gauge.now_s -= 500_000  # one that nobody told of
    fields = gauge.read(30, 30)
    assert "rise_mmph" not in fields and fields["rain60_umph"] == 0


def test_two_readings_in_one_second():
    gauge = Gauge()
    gauge.read(20, 20)
    gauge.read(30, 30, tips=20)
    fields = gauge.read(30, 30, tips=1, after_s=0)
    assert fields["rise_mmph"] == 120 and fields["rain5_umph"] == 21 * 200 * 12


def test_memory_of_another_version_is_forgotten():
    gauge = Gauge()
    gauge.read(20, 20)
    gauge.kept = gauge.kept[:-1]
    assert "rise_mmph" not in gauge.read(30, 30)

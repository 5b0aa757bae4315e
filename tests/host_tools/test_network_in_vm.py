"""`network`: a program that looks for Wi-Fi finds that there is none."""

from tests.host_tools.conformance_bench import check

TABLE = [
    ("(network.STA_IF, network.AP_IF, WLAN.IF_STA, WLAN.IF_AP)", "(0, 1, 0, 1)"),
    ("(network.STAT_IDLE, network.STAT_CONNECTING, network.STAT_GOT_IP)", "(1000, 1001, 1010)"),
    ("(network.STAT_NO_AP_FOUND, network.STAT_WRONG_PASSWORD)", "(201, 202)"),
    ("(network.AUTH_OPEN, network.AUTH_WPA2_PSK, network.AUTH_WPA3_PSK)", "(0, 3, 6)"),
    ("network.LAN", "AttributeError: *"),
    ("WLAN() is w, WLAN(network.STA_IF) is w, WLAN(network.AP_IF) is w", "(True, True, False)"),
    ("WLAN(2)", "ValueError: invalid WLAN interface identifier"),
    ("w.active(), w.isconnected(), w.status()", "(False, False, 1000)"),
    ("w.config('mac'), a.config('mac')[5] - w.config('mac')[5]", r"(b'\x02\xc1p\xaa\xbb\xcc', 1)"),
    (
        "w.config('ssid'), w.config('hostname'), network.hostname(), network.country()",
        "('', 'mpy-esp32s3', *",
    ),
    ("w.config('colour')", "ValueError: unknown config param"),
    ("w.config('mac', 'ssid')", "TypeError: can query only one param"),
    ("w.config('mac', pm=0)", "TypeError: either pos or kw args are allowed"),
    ("w.ifconfig(), a.ifconfig()[0]", "(('0.0.0.0', '0.0.0.0', '0.0.0.0', '0.0.0.0'), '192.168.4.1')"),
    ("w.scan()", "OSError: STA must be active"),
    ("w.connect('here', 'secret')", "OSError: Wifi Not Started"),
    ("w.active(True), w.active(), w.scan()", "(None, True, [])"),
    (
        "w.connect('here', 'secret'), w.status(), w.isconnected(), w.config('ssid')",
        "(None, 1001, False, 'here')",
    ),
    ("sleep(60), w.status()", "(None, 1001)"),  # it tries for ever
    (
        "w.config(reconnects=2, pm=WLAN.PM_NONE), w.connect(), sleep(4), w.status()",
        "(None, None, None, 1001)",
    ),
    ("sleep(1), w.status(), w.isconnected()", "(None, 201, False)"),
    ("w.disconnect(), w.status(), w.active(False), w.active()", "(None, 1000, None, False)"),
    ("w.status('rssi')", "ValueError: unknown status param"),
    ("a.active(True), a.active(), a.isconnected(), a.status('stations')", "(None, True, False, [])"),
    ("a.scan()", "OSError: STA required"),
]


def test_no_access_point_is_in_reach():
    setup = """
    import network
    from network import WLAN
    from time import sleep
    w, a = WLAN(network.STA_IF), WLAN(network.AP_IF)
    """
    check(setup, TABLE, seconds=120)

"""`citynode config` as users type it."""

import pytest

from host_tools.boards import load_board, table_of
from host_tools.collector.payload import Event
from host_tools.collector.store import Store
from protocols.message_numbers import CONFIGURATION_REFUSED
from tests.host_tools.processes import run_here

NODE = "pole-1"


@pytest.fixture
def db(tmp_path):
    path = tmp_path / "collector.db"
    with_store(
        path, lambda s: s.add_node(NODE, "smart_pole", table_of(load_board("smart_pole")).schema_id, None, 0)
    )
    return path


@pytest.fixture
def config(capsys, db):
    return lambda *arguments: run_here(capsys, "config", *arguments, "--db", db)


def with_store(path, use):
    store = Store(path)
    try:
        return use(store)
    finally:
        store.close()


def test_set_show_and_clear(config, db):
    done = config("set", NODE, "report_s=5m", "rules.voltage.above=250.5", "safe.lamp=80")
    assert done.code == 0
    assert done.out.splitlines() == [
        "pole-1: version 1 is pending; it has not said what it uses",
        "  report_s = 300",
        "  rules.voltage.above = 250.5",
        "  safe.lamp = 80",
    ]
    assert config("show", NODE).out == done.out
    assert with_store(db, lambda s: s.node(NODE).configuration.settings) == {
        "report_s": 300,
        "rules": {"voltage": {"above": 2505}},
        "safe": {"lamp": 80},
    }
    with_store(db, lambda s: s.seen(NODE, 1, 1))
    assert config("show", NODE).out.splitlines()[0] == "pole-1: version 1 is in force"
    assert config("clear", NODE).out == "pole-1: version 2 is pending; it uses version 1\n"


def test_changes_leave_the_rest(config):
    config("set", NODE, "report_s=5m", "rules.voltage.above=250", "rules.voltage.below=none")
    assert config("set", NODE, "report_s=", "rules.voltage.above=251", "--json").json["settings"] == {
        "rules": {"voltage": {"above": 251, "below": "none"}}
    }
    assert config("set", NODE, "rules=", "send_s=1h", "--json").json["settings"] == {"send_s": 3600}


def test_json(config, db):
    nothing = {
        "node": NODE,
        "version": 0,
        "settings": {},
        "reported": None,
        "state": "none",
        "reason": None,
    }
    assert config("show", NODE, "--json").json == nothing
    config("set", NODE, "send_s=60")
    refusal = Event(1, None, CONFIGURATION_REFUSED, [1, "no answer from the server"])
    with_store(db, lambda s: (s.seen(NODE, 1, 0), s.add_event(NODE, refusal, 1)))
    assert config("show", NODE, "--json").json == {
        "node": NODE,
        "version": 1,
        "settings": {"send_s": 60},
        "reported": 0,
        "state": "refused",
        "reason": "no answer from the server",
    }
    assert config("show", NODE).out.splitlines()[0] == (
        "pole-1: version 1 is refused (no answer from the server); it is as its board file has it"
    )


def test_a_file_is_the_whole(config, tmp_path):
    config("set", NODE, "report_s=5m")
    file = tmp_path / "night.toml"
    file.write_text(
        'place = { zone = "+08:00", latitude = 22.5431, longitude = 114.0579 }\n[safe]\nlamp = 30\n'
    )
    assert config("set", NODE, "--file", file, "--json").json["settings"] == {
        "place": {"zone": "+08:00", "latitude": 22.5431, "longitude": 114.0579},
        "safe": {"lamp": 30},
    }


def test_moving_needs_a_word(config):
    refused = config("set", NODE, "server=10.0.0.9")
    assert refused.code == 1 and "--yes-move-server" in refused.err
    assert config("set", NODE, "server=10.0.0.9", "--yes-move-server").code == 0
    assert config("set", NODE, "report_s=60").code == 0
    assert config("clear", NODE).code == 1
    assert config("clear", NODE, "--yes-move-server").code == 0


@pytest.mark.parametrize(
    ("arguments", "code", "message", "hint"),
    [
        ((), 2, "give either KEY=VALUE or --file", "citynode config set --help"),
        (("report_s",), 1, "'report_s' is not KEY=VALUE", "report_s=5m"),
        (("report_s=0",), 1, "report_s is not 1 to 86400", "docs/configuration.md"),
        (("report_s.x=1", "report_s.x.y=1"), 1, "report_s.x.y: x is no table", "docs/configuration.md"),
        (("rules.voltage.above=301",), 1, "rules.voltage.above is not 0 to 3000", "citynode boards show"),
        (("rules.volt.above=1",), 1, "there is no point 'volt'", "lamp_level, voltage"),
        (("--file", "absent.toml"), 1, "absent.toml: No such file", "Check the path"),
        (("report_s=5", "--file", "absent.toml"), 2, "give either", "--help"),
        (("send_s=1", "--board", "lighting_controller"), 1, "has the points of pole-1", "--board FILE"),
    ],
)
def test_what_goes_wrong(config, arguments, code, message, hint):
    done = config("set", NODE, *arguments)
    assert (done.code, done.out) == (code, "")
    assert message in done.err and hint in done.err.partition("hint: ")[2]


def test_unreadable_files_and_unknown_nodes(config, tmp_path):
    file = tmp_path / "wrong.toml"
    for content in (b"report_s = ", b"\xff\xfe"):
        file.write_bytes(content)
        done = config("set", NODE, "--file", file)
        assert done.code == 1 and "wrong.toml: not TOML" in done.err
    for arguments in (("show", "nobody"), ("set", "nobody", "report_s=1"), ("clear", "nobody")):
        done = config(*arguments)
        assert done.code == 1 and "no node 'nobody'" in done.err

"""Files of crews' fobs, and how a node gets what is in them."""

import stat
import struct
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from host_tools.collector.payload import EPOCH_UNIX_S
from host_tools.collector.store import Keys, Store
from host_tools.provisioning import device
from host_tools.provisioning.crews import Crew, crews_for_node, new_crew_file, read_crew
from host_tools.provisioning.identity import Provision, ProvisionError
from tests.host_tools.board_bench import run_main
from tests.host_tools.processes import run_here

KEY = "000102030405060708090a0b0c0d0e0f"
FILE = f"""key = "{KEY}"
exponent = 10
counter = 65280
read_at = 2026-01-01T08:00:00+08:00
"""
NODE = "manhole_cover-000001"


def file(folder, text=FILE, name="crew.toml"):
    path = folder / name
    path.write_text(text)
    return path


def test_a_new_file_is_for_its_owner_alone_and_never_the_same(tmp_path):
    paths = [tmp_path / "a.toml", tmp_path / "b.toml"]
    for path in paths:
        new_crew_file(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    one, other = map(read_crew, paths)
    assert one.key != other.key and len(one.key) == 16 and one.exponent == 10
    now = datetime.now(UTC).timestamp() - EPOCH_UNIX_S
    assert abs((one.ahead_s + now + 2**31) % 2**32 - 2**31) < 60
    with pytest.raises(FileExistsError):
        new_crew_file(paths[0])


def test_what_a_file_says(tmp_path):
    crew = read_crew(file(tmp_path))
    read_at = datetime(2026, 1, 1, tzinfo=UTC).timestamp() - EPOCH_UNIX_S
    assert crew == Crew(bytes(range(16)), 10, 65280 - int(read_at))


def test_a_counter_that_is_about_to_wrap(tmp_path):
    crew = read_crew(file(tmp_path, FILE.replace("65280", str(2**32 - 1))))
    assert -(2**31) <= crew.ahead_s < 2**31
    assert (crew.ahead_s - read_crew(file(tmp_path)).ahead_s) % 2**32 == (2**32 - 1 - 65280)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (FILE, "key = ", "no crew's file"),
        (KEY, KEY[1:], "key: String should match"),
        (KEY, KEY.replace("0f", "xx"), "key: String should match"),
        ("= 10", "= 16", "exponent: Input should be less"),
        ("65280", "4294967296", "counter: Input should be less"),
        ("65280", "-1", "counter: Input should be greater"),
        ("65280", '"1"', "counter: Input should be a valid integer"),
        ("+08:00", "", "read_at: Input should have timezone"),
        ("counter", "count", "counter: Field required"),
        ("key", "more = 1\nkey", "more: Extra inputs"),
    ],
)
def test_other_files(tmp_path, old, new, message):
    with pytest.raises(ProvisionError, match=message) as caught:
        read_crew(file(tmp_path, FILE.replace(old, new)))
    _, _, told = str(caught.value).partition("/crew.toml: ")
    assert told and KEY[1:12] not in told
    assert "citynode crew new" in caught.value.hint


def test_what_a_node_gets():
    crews = [Crew(bytes([n]) * 16, n, -n) for n in range(1, 5)]
    assert struct.unpack("<16sBi" * 1, crews_for_node(crews)[:21]) == (b"\1" * 16, 1, -1)
    assert len(crews_for_node(crews)) == 84 and crews_for_node([]) == b""
    with pytest.raises(ProvisionError, match="5 crews, a node knows 4"):
        crews_for_node([*crews, Crew(bytes(16), 1, 0)])
    with pytest.raises(ProvisionError, match="the same key"):
        crews_for_node([crews[0], Crew(crews[0].key, 3, 3)])


def test_provisioning_brings_them_and_takes_others_away(monkeypatch):
    """The script that mpremote runs, in the VM."""
    scripts = []

    def mpremote(command, **_):
        scripts.append(Path(command[command.index("run") + 1]).read_text())
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(device.subprocess, "run", mpremote)
    blob = crews_for_node([Crew(bytes(range(16)), 10, 5)])
    for crews in (blob, b""):
        device.write(
            "port", Provision("cover-1", "127.0.0.1", 5683, b"\0", Keys(b"s" * 16, b"t" * 8), None, crews)
        )
    look = """
def crews():
    buffer = bytearray(84)
    try:
        print(bytes(buffer[:NVS("citynode").get_blob("crew", buffer)]).hex())
    except OSError as error:
        print(error.args[1])
crews()
"""
    printed = run_main(scripts[0] + look + scripts[1] + "crews()")
    assert printed == [blob.hex(), "ESP_ERR_NVS_NOT_FOUND"]


@pytest.mark.parametrize(
    ("product", "is_known"), [("manhole_cover", True), ("smart_pole", False), ("own", True)]
)
def test_provisioning_with_one(capsys, tmp_path, monkeypatch, product, is_known):
    written = []
    monkeypatch.setattr(device, "identify", lambda _port: device.Found(bytes(6), product, 1))
    monkeypatch.setattr(device, "write", lambda _port, provision: written.append(provision.crews))
    options = ("--port", "p", "--server", "127.0.0.1", "--no-check-server", "--db", tmp_path / "known.db")
    told = run_here(capsys, "provision", *options, "--crew", file(tmp_path))
    assert (told.code == 0) == is_known
    assert written == ([crews_for_node([read_crew(file(tmp_path))])] if is_known else [])
    assert is_known or "smart_pole knows no crews" in told.err


@pytest.fixture
def database(tmp_path):
    store = Store(tmp_path / "known.db")
    store.add_node(NODE, "manhole_cover", 1, Keys(b"s" * 16, b"t" * 8), 0)
    store.add_node("bare", "manhole_cover", 1, None, 0)
    store.add_node("pole", "smart_pole", 1, Keys(b"u" * 16, b"v" * 8), 0)
    yield store
    store.close()


def test_sending_them(capsys, tmp_path, database):
    path = file(tmp_path)
    told = run_here(capsys, "crew", "send", NODE, str(path), "--no-wait", "--db", str(tmp_path / "known.db"))
    assert (told.code, told.out) == (0, f"queued for {NODE}\n")
    run_here(capsys, "crew", "send", NODE, "--nobody", "--no-wait", "--db", str(tmp_path / "known.db"))
    sent = [(command.name, command.args) for command in database.waiting_commands(NODE, 0)]
    assert sent == [("crew", [crews_for_node([read_crew(path)])]), ("crew", [b""])]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([NODE], "give either files or --nobody"),
        ([NODE, "crew.toml", "--nobody"], "give either files or --nobody"),
        (["bare", "crew.toml"], "its link is not protected"),
        (["pole", "crew.toml"], "smart_pole knows no crews"),
        (["somebody", "crew.toml"], "no node 'somebody'"),
        ([NODE, "crew.toml", "crew.toml"], "two crews have the same key"),
        ([NODE, "other.toml"], "other.toml: No such file"),
    ],
)
def test_what_is_not_sent(capsys, tmp_path, monkeypatch, database, arguments, message):
    monkeypatch.chdir(tmp_path)
    file(tmp_path)
    told = run_here(capsys, "crew", "send", *arguments, "--db", "known.db")
    assert told.code and message in told.err
    assert database.waiting_commands(NODE, 0) == []


def test_making_one(capsys, tmp_path):
    path = tmp_path / "crew.toml"
    told = run_here(capsys, "crew", "new", str(path), "--json")
    assert told.code == 0 and read_crew(path).key.hex() not in told.out
    assert run_here(capsys, "crew", "new", str(path)).code == 1

"""The bundle: what goes into a node's flash."""

import ast
import hashlib
import json

import pytest
from littlefs import LittleFS

from host_tools.boards import load_board, table_of
from host_tools.build import bundle as bundles
from host_tools.build import firmware_files as firmware
from host_tools.build.bundle import BundleError
from host_tools.chips import chips
from host_tools.images import micropython
from host_tools.images.esp_image import check_image
from host_tools.images.partitions import parse_table
from host_tools.littlefs_volume import GEOMETRY
from host_tools.simulator.boot import boot
from host_tools.simulator.flash import NorFlash
from tests.host_tools.test_micropython_store import app_image, combined

POLE = load_board("smart_pole")
NAMES = ["bootloader", "partition-table", "micropython", "vfs"]


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture(scope="module")
def bundle():
    return bundles.build(POLE, use_stand_in=True)


def flash_with(bundle):
    flash = NorFlash(POLE.flash_bytes)
    for part in bundle.parts:
        flash.program(part.offset, part.data)
    return flash


def add_official(tmp_path, chip_name="esp32s3", size=0):
    chip = chips()[chip_name]
    file = tmp_path / "official.bin"
    file.write_bytes(combined(chip, app_image(chip).ljust(size, b"\xff")))
    return micropython.add(file)


def files_in(image):
    volume = LittleFS(block_count=len(image) // GEOMETRY["block_size"], mount=False, **GEOMETRY)
    volume.context.buffer[:] = image
    volume.mount()
    paths = [f"{folder}/{name}".replace("//", "/") for folder, _, names in volume.walk("/") for name in names]
    return {path: volume.open(path, "rb").read() for path in paths}


@pytest.mark.parametrize("chip_name", chips())
def test_four_images_that_boot(chip_name):
    board = POLE.model_copy(update={"chip": chip_name})
    built = bundles.build(board, use_stand_in=True)
    assert [part.name for part in built.parts] == NAMES
    assert built.simulated_only
    result = boot(flash_with(built), chips()[chip_name])
    assert result.ok
    last = result.partitions[-1]
    vfs = built.parts[-1]
    assert (vfs.offset, len(vfs.data), last.end) == (last.offset, last.size, POLE.flash_bytes)


def test_the_manifest_describes_them(bundle):
    manifest = bundle.manifest()
    assert manifest["schema_id"] == table_of(POLE).schema_id
    assert [(entry["name"], entry["size"]) for entry in manifest["parts"]] == [
        (part.name, len(part.data)) for part in bundle.parts
    ]
    assert [entry["sha256"] for entry in manifest["parts"]] == [
        hashlib.sha256(part.data).hexdigest() for part in bundle.parts
    ]


def test_same_input_same_bytes(bundle):
    firmware.device_sources.cache_clear()
    firmware._compiled.cache_clear()
    assert bundles.build(POLE, use_stand_in=True) == bundle


def test_the_file_system_holds_what_was_meant(bundle):
    files = files_in(bundle.parts[-1].data)
    assert files == firmware.firmware_files(POLE)
    assert files["/main.py"].decode() == firmware.device_sources()["firmware.main"]
    assert all(path == "/main.py" or path.startswith("/lib/") for path in files)


def test_extra_files_come_beside_the_firmware(bundle):
    extra = bundles.build(POLE, use_stand_in=True, extra_files={"/provision.json": b"{}"})
    assert files_in(extra.parts[-1].data) == {**files_in(bundle.parts[-1].data), "/provision.json": b"{}"}


def test_every_module_is_there_with_all_that_it_imports():
    files = firmware.firmware_files(POLE)
    for path in files:
        if path.endswith(".mpy") and path != "/lib/board.mpy":
            module = path.removeprefix("/lib/").removesuffix(".mpy").replace("/", ".")
            for imported in firmware.imports_of(module):
                name = firmware.path_on_node(imported).removesuffix(".py")
                assert f"/lib/{name}.mpy" in files, f"{module} imports {imported}"


def test_packages_hold_a_docstring_and_stay_away():
    for module in firmware.device_sources():
        if firmware.path_on_node(module).endswith("__init__.py"):
            body = ast.parse(firmware.device_sources()[module]).body
            assert all(isinstance(statement, ast.Expr) for statement in body), module
    assert not any("__init__" in path for path in firmware.firmware_files(POLE))


def test_only_what_the_board_needs():
    files = firmware.firmware_files(POLE)
    assert "/lib/drivers/sht4x.mpy" in files and "/lib/protocols/coap/client.mpy" in files
    assert "/lib/protocols/coap/server.mpy" not in files  # the collector's side
    assert "/lib/drivers/bl0942.mpy" in files and "/lib/drivers/bl0942_uart.mpy" not in files
    bare = POLE.model_copy(
        update={
            "parts": {name: use for name, use in POLE.parts.items() if name == "lamp"},
            "points": {name: point for name, point in POLE.points.items() if name == "lamp_level"},
        }
    )
    missing = set(files) - set(firmware.firmware_files(bare))
    assert missing == {
        f"/lib/drivers/{name}.mpy"
        for name in (
            "sht4x",
            "bl0942",
            "bl0942_spi",
            "noise_modbus",
            "modbus_master",
            "line_master",
            "mains_monitor",
        )
    } | {"/lib/protocols/modbus_rtu.mpy", "/lib/firmware/rs485_bus.mpy"}


def test_what_functions_import_for_outputs_and_buses_only_boards_with_those_have():
    parts = {f"/lib/firmware/{name}.mpy" for name in ("schedule/rules", "spi_bus", "rs485_bus")}
    assert parts <= firmware.firmware_files(POLE).keys()
    assert not parts & firmware.firmware_files(load_board("water_level")).keys()


def test_the_board_module_and_the_point_table_agree():
    module = {}
    exec(firmware.board_module(POLE), module)
    table = table_of(POLE)
    assert module["SCHEMA_ID"] == table.schema_id
    points = tuple((p.name, p.part, p.field, p.divisor) for p in table.points)
    assert tuple(point[:4] for point in module["POINTS"]) == points
    assert module["PRODUCT"] == "smart_pole"
    assert module["REPORT_S"] == 60
    assert module["UARTS"]["rs485"] == (2, 4800, None, 15, 16, 42, "drivers.modbus_master:ModbusMaster")
    assert module["I2CS"]["sensors"] == (0, 8, 9, 100_000)
    assert module["PARTS"]["climate"] == ("drivers.sht4x:SHT4x", "sensors", 0x44, {}, {}, {})
    assert module["SPIS"] == {"meter": (1, 4, 5, 13, 400_000)}
    assert module["PARTS"]["meter"] == ("drivers.bl0942_spi:BL0942Spi", "meter", None, {"cs": 14}, {}, {})
    assert module["MODEM"][3] == "cmnbiot"


def test_saved_and_loaded(bundle, tmp_path):
    bundle.save(tmp_path / "new" / "folder")
    assert bundles.load(tmp_path / "new" / "folder") == bundle


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("at", [0, -1])
def test_one_wrong_byte_is_found(bundle, tmp_path, name, at):
    bundle.save(tmp_path)
    file = tmp_path / f"{name}.bin"
    data = bytearray(file.read_bytes())
    data[at] ^= 1
    file.write_bytes(data)
    with pytest.raises(BundleError, match=rf"{name}\.bin is corrupt: its SHA-256") as caught:
        bundles.load(tmp_path)
    assert "citynode build" in caught.value.hint


@pytest.mark.parametrize("name", ["manifest.json", "vfs.bin"])
def test_a_missing_file_is_named(bundle, tmp_path, name):
    bundle.save(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(BundleError, match=f"{name}: No such file"):
        bundles.load(tmp_path)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "EOF while parsing"),
        ("[]", "Input should be an object"),
        ("{}", "board: Field required"),
        (b"\xff\xfe", "Invalid JSON"),
        ({"offset": "near the end"}, "parts.0.offset: Input should be a valid integer"),
        ({"offset": -4096}, "parts.0.offset: Input should be greater than or equal to 0"),
        ({"name": "../../etc/passwd"}, "parts.0.name: Input should be 'bootloader', 'partition-table'"),
    ],
)
def test_a_manifest_that_is_none(bundle, tmp_path, text, problem):
    bundle.save(tmp_path)
    if isinstance(text, dict):
        manifest = bundle.manifest()
        manifest["parts"][0].update(text)
        text = json.dumps(manifest)
    (tmp_path / "manifest.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(BundleError, match=f"not a bundle's manifest: .*{problem}"):
        bundles.load(tmp_path)


def test_an_official_image_is_used_once_it_was_added(tmp_path):
    record = add_official(tmp_path)
    built = bundles.build(POLE)
    assert (built.micropython, built.simulated_only) == ("1.27.0", False)
    assert built.parts[2].data == record.parts()[2][1]
    assert bundles.build(POLE, use_stand_in=True).simulated_only


def test_an_official_image_for_a_smaller_flash_boots_on_the_boards(tmp_path):
    """Its bootloader would refuse the board's partition table."""
    record = add_official(tmp_path)
    official = record.parts()[0][1]
    chip = chips()[POLE.chip]
    assert check_image(official, chip).flash_size == 4 << 20
    built = bundles.build(POLE)
    ours = built.parts[0].data
    assert check_image(ours, chip).flash_size == POLE.flash_bytes == 8 << 20
    assert [i for i in range(len(ours) - 32) if ours[i] != official[i]] == [3]
    assert boot(flash_with(built), chip).ok


def test_an_official_image_for_another_chip_is_not_used(tmp_path):
    add_official(tmp_path, "esp32c3")
    assert bundles.build(POLE).simulated_only


def test_an_application_must_fit_its_partition(monkeypatch):
    factory = parse_table(bundles.build(POLE, use_stand_in=True).parts[1].data, POLE.flash_bytes)[2]
    monkeypatch.setattr(bundles.standin, "standin_app", lambda *_: bytes(factory.size + 1))
    with pytest.raises(BundleError, match=f"has {factory.size + 1} bytes, its partition {factory.size}"):
        bundles.build(POLE, use_stand_in=True)

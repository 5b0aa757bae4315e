"""The sources to freeze: read as MicroPython's build reads them, they are the modules of the bundle."""

import pytest

from host_tools.boards import board_names, load_board
from host_tools.build.firmware_files import firmware_files
from host_tools.build.frozen import MANIFEST
from host_tools.mpy import compile_module
from tests.host_tools.processes import run_here


class ManifestReader:
    """The functions that our manifests call, as MicroPython's reference ("Manifest files") has them."""

    def __init__(self, manifest):
        self.folder = manifest.parent
        self.included = []
        self.modules = {}  # path that the module has on a node where it is not frozen -> its .mpy
        names = {"include": self.included.append, "module": self.module, "package": self.package}
        exec(manifest.read_text(), names)

    def module(self, path, opt=None):
        assert opt == 1
        name = path.removesuffix(".py")
        module = name.removesuffix("/__init__").replace("/", ".")
        self.modules[f"/lib/{name}.mpy"] = compile_module(self.folder / path, module)

    def package(self, path, opt=None):
        for file in (self.folder / path).rglob("*.py"):
            self.module(file.relative_to(self.folder).as_posix(), opt)


@pytest.mark.parametrize("name", board_names())
def test_the_manifest_freezes_what_the_bundle_has(name, tmp_path, capsys):
    folder = tmp_path / "frozen"
    (folder / "drivers").mkdir(parents=True)
    (folder / "drivers" / "left_behind.py").write_text("")
    run_here(capsys, "build", name, "--stand-in", "--frozen", "--out", tmp_path)
    reader = ManifestReader(folder / MANIFEST)
    assert reader.included == ["$(PORT_DIR)/boards/manifest.py"]
    files = firmware_files(load_board(name))
    main = files.pop("/main.py").decode()
    assert (folder / "main.py").read_text() == main
    assert reader.modules.pop("/lib/main.mpy")
    assert reader.modules == files

"""What programs import from where, and the file systems that they mount themselves."""

import pytest

from tests.host_tools.board_bench import BoardBench, printed, run_main

# A file system that holds one module, and tells what it is asked.
FILE_SYSTEM = """
import io, os, sys, vfs
class Files:
    text = b"print('imported from', __file__)"
    def mount(self, readonly, mkfs):
        print("mount", readonly, mkfs)
    def umount(self):
        print("umount")
    def chdir(self, path):
        pass
    def getcwd(self):
        return "/"
    def ilistdir(self, path):
        return iter([("own.py", 0x8000, 0, len(self.text))])
    def stat(self, path):
        if path.lstrip("/") != "own.py":
            raise OSError(2)
        return (0x8000, 0, 0, 0, 0, 0, len(self.text), 0, 0, 0)
    def open(self, path, mode):
        self.stat(path)
        return io.BytesIO(self.text)
files = Files()
"""


def test_the_path_is_a_chips():
    assert run_main("import sys\nprint(sys.path, sorted(sys.modules))") == [
        "['', '.frozen', '/lib'] ['gc', 'vfs']"
    ]


def test_modules_in_rom_are_found_from_every_folder_but_only_by_the_path():
    bench = BoardBench(
        {
            "lib/helper.py": "print('helper')",
            "folder/here.py": "print('here')",
            "main.py": "import os, sys\nos.chdir('folder')\nimport here, helper, machine\n"
            "sys.path.remove('.frozen')\n"
            "try:\n    import asyncio\nexcept ImportError as error:\n    print(error)\n"
            "sys.path.append('.frozen')\nimport asyncio\nprint(asyncio.__file__)",
        }
    )
    assert printed(bench.run()) == [
        "here",
        "helper",
        "no module named 'asyncio'",
        ".frozen/asyncio/__init__.mpy",
    ]


def test_a_file_system_of_ones_own():
    assert run_main(f"""{FILE_SYSTEM}
vfs.mount(files, "/own", readonly=True)
print(vfs.mount()[0] == (files, "/own"), vfs.mount()[1:], "own" in os.listdir("/"))
os.chdir("/own")
import own, machine
print(os.getcwd(), os.listdir(), os.stat("own.py")[6], open("/own/own.py").read(5))
vfs.umount(files)
print(os.getcwd(), len(vfs.mount()))
os.mount(files, "/again")
os.umount("/again")
""") == [
        "mount True False",
        "True [(<VfsLfs2>, '/')] True",
        "imported from own.py",
        "/own ['own.py'] 32 b'print'",
        "umount",
        "/ 1",
        "mount False False",
        "umount",
    ]


@pytest.mark.parametrize(
    "statement", ["vfs.VfsLfs2(device)", "vfs.VfsLfs2.mkfs(device)", "vfs.mount(device, '/other')"]
)
def test_a_block_device_is_refused_in_clear_words(statement):
    lines = run_main(f"import vfs\nfrom esp32 import Partition\ndevice = Partition('vfs')\n{statement}")
    assert lines[-1] == (
        "NotImplementedError: simulated: LittleFS on no other block device than partition vfs, on /"
    )

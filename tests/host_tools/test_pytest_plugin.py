"""The pytest plugin, used as its users would, on a simulated pole; and pytest itself, run with it."""

import pytest

from host_tools.collector.payload import Status

pytest_plugins = ["pytester"]


def test_first_report(collector, world, clock):
    report = collector.wait_report()
    assert clock.now_s < 30
    assert report.points["temperature"] == pytest.approx(world.temperature_c, abs=0.1)


def test_a_command_dims_the_lamp(collector, world):
    before = collector.wait_report()
    assert collector.command("lamp", 60).status is Status.DONE
    assert world.lamp_level == pytest.approx(0.6, abs=0.001)
    after = collector.wait_report(lambda points: points["lamp_level"] == 60)
    assert after.points["current"] < 0.7 * before.points["current"]


def test_the_console(serial):
    assert "ESP-ROM" in serial.expect("node: smart_pole-", within_s=1)
    serial.expect("uplink: registered")
    serial.write(b"\x03")
    serial.expect(">>> ")
    serial.write(b"6 * 7\r")
    assert "42" in serial.expect("\n>>> ")


@pytest.mark.device(blank=True)
@pytest.mark.parametrize("part", ["noize", "lamp"])
def test_a_part_that_cannot_fail_is_named(faults, part):
    for fault in (faults.silence, faults.corrupt):
        with pytest.raises(ValueError, match=f"no part '{part}' that can fail; smart_pole has meter, noise"):
            fault(part)


@pytest.mark.device(blank=True)
def test_a_blank_board_boots_to_nothing(serial, clock, collector):
    clock.advance(60)
    assert "invalid header: 0xffffffff" in serial.text
    assert collector.reports == []


@pytest.mark.device(report_s=10)
def test_faults_come_and_go(collector, faults, clock):
    faults.silence("noise")
    assert collector.wait_report().points["noise"] is None
    faults.silence("noise", False)
    assert collector.wait_report(lambda points: points["noise"] is not None).points["voltage"] > 200
    faults.coverage(False)
    known = len(collector.reports)
    clock.advance(120)
    assert len(collector.reports) == known
    faults.coverage(True)
    collector.wait_report(within_s=600)
    clock.advance(60)
    told = (*collector.reports, *collector.health, *collector.events)
    numbers = sorted(item.seq for item in told)
    assert numbers == list(range(len(numbers)))


@pytest.mark.device(report_s=10)
def test_a_server_that_cannot_be_reached(collector, clock):
    collector.online = False
    clock.advance(120)
    assert collector.reports == []
    collector.online = True
    assert collector.wait_report(within_s=600).seq == 0


def test_the_modem_restarts(collector, faults):
    collector.wait_report()
    faults.reboot_modem()
    collector.wait_report(within_s=300)


def test_a_power_cut_takes_the_whole_board(collector, faults, modem, clock, board):
    collector.wait_report()
    faults.cut_power(5)
    clock.advance(1)
    assert not modem.is_on
    assert board.simulated.chip.resets == {"power cut": 1}
    collector.wait_report(within_s=60)


def test_a_brown_out_resets_the_chip(collector, faults, serial, board):
    collector.wait_report()
    faults.brown_out()
    serial.expect("Brownout detector was triggered")
    assert board.simulated.chip.resets == {"brown-out": 1}
    collector.wait_report(within_s=60)


def test_a_worn_flash_shows_at_the_next_write(faults, serial):
    serial.expect("uplink: registered")
    serial.write(b"\x03\r")
    serial.expect(">>> ")
    for sector in range(16, 2048):  # all of the file system
        faults.flash.wear_out(sector)
    serial.write(b"open('x', 'w').write('y' * 5000)\r")
    serial.expect("OSError")


def test_time_stands_still_between_advances(clock, serial):
    clock.advance(0.5)
    assert clock.now_s == 0.5
    clock.advance(0.5)
    assert clock.now_s == 1.0


def test_what_is_waited_for_in_vain_fails_in_virtual_time(serial):
    with pytest.raises(AssertionError, match=r"no 'never' within 5 s of virtual time, at 5\.\d s"):
        serial.expect("never", within_s=5)


def test_a_broken_simulation_fails_the_test(board, clock):
    board.simulated.queue.after(1_000_000, lambda: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        clock.advance(2)


def test_runs_with_another_device_skip_what_it_cannot_show(pytester):
    pytester.makepyfile("def test_it(collector):\n    collector.wait_report()\n")
    result = pytester.runpytest_subprocess("--device", "rfc2217://127.0.0.1:1", "-rs")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*needs a simulated device, not rfc2217://127.0.0.1:1*"])


def test_an_unknown_product_is_a_clear_error(pytester):
    pytester.makepyfile("def test_it(board):\n    pass\n")
    result = pytester.runpytest_subprocess("--device", "sim:lighthouse")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*there is no board 'lighthouse'; known are lighting_controller*"])

"""The simulated ESP32: peripherals, boot, and the MicroPython that runs on it."""

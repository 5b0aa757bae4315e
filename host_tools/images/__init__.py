"""What is written to a chip's flash: application images, partition tables, MicroPython itself."""

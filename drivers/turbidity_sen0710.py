"""Turbidity sensor DFRobot SEN0710 on Modbus RTU (its wiki); from the factory address 1 at 4800 8N1."""

from drivers.register_sensor import U16, RegisterSensor


class Turbidity(RegisterSensor):
    BLOCKS = ((0, 1),)
    FIELDS = (("turbidity_mntu", 0, U16, 100, 1),)  # of tenths; register 1 has the temperature

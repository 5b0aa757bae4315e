"""Ultrasonic flow meter TUF-2000M at a full pipe, on Modbus RTU; from the factory address 1 at 9600 8N1.

Registers: the table in the user manual of the TUF-2000F, of the same family (5.1.1), which counts from 1.
That the low word comes first is what users of the TUF-2000M report; the manual says "lower byte first".
Unconfirmed: that registers 25 and 26 have the net volume.  It is in m3 while menu M31 has them, times 1.
A minute after power-on its flow counts, so its supply is not switched.
"""

from drivers.register_sensor import F32, LOW_WORD_FIRST, S32, RegisterSensor


class FlowMeter(RegisterSensor):
    BLOCKS = ((0, 26),)
    FIELDS = (
        ("flow_mlps", 0, F32 | LOW_WORD_FIRST, 2500, 9),  # of m3/h
        ("volume_m3", 24, S32 | LOW_WORD_FIRST, 1, 1),
    )

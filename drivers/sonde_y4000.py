"""Water quality sonde Yosemitech Y4000 on Modbus RTU; from the factory address 1 at 9600 8N1.

Registers: its Modbus instructions 1.6, as EnviroDIY's library YosemitechModbus reads them: eight floats, all
of their bytes the lowest first, which are oxygen (mg/l), turbidity (NTU), conductivity (mS/cm), pH,
temperature, and three more.  It answers no requests but those that the instructions have, so all are read.
Conductivity is right after a minute of power, which is firmware/water_quality.py's to give.
"""

from drivers.register_sensor import F32, LOW_BYTE_FIRST, LOW_WORD_FIRST, RegisterSensor

LITTLE_ENDIAN = F32 | LOW_WORD_FIRST | LOW_BYTE_FIRST


class Sonde(RegisterSensor):
    BLOCKS = ((0x2601, 16),)
    FIELDS = (
        ("oxygen_ppb", 0, LITTLE_ENDIAN, 1000, 1),  # a litre of water is a kilogram, to 1 %
        ("turbidity_mntu", 2, LITTLE_ENDIAN, 1000, 1),
        ("conductivity_uspcm", 4, LITTLE_ENDIAN, 1000, 1),
        ("acidity_centiph", 6, LITTLE_ENDIAN, 100, 1),
        ("temperature_mdegc", 8, LITTLE_ENDIAN, 1000, 1),
    )

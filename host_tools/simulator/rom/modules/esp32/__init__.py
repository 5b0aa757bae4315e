"""`esp32` of the simulated chip.

A stock image also has the following; here a program that names one gets AttributeError: RMT, ULP, PCNT,
wake_on_touch, wake_on_ulp (nothing here touches or runs them), idf_task_info.
"""

from .nvs import NVS
from .partition import Partition
from .temperature import *
from .wake import *

HEAP_DATA, HEAP_EXEC = 4, 1  # ESP-IDF's MALLOC_CAP_8BIT, MALLOC_CAP_EXEC
# (bytes, free, largest free block, least ever free) of the regions that a freshly booted board shows.
# They are typical numbers, not measured ones: the simulated VM takes its memory elsewhere.
_REGIONS = [
    (7288, 0, 0, 0),
    (16648, 3404, 3060, 3404),
    (79912, 35724, 35324, 35724),
    (113840, 63584, 61428, 63584),
]


def idf_heap_info(capabilities):
    return list(_REGIONS)

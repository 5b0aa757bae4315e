"""Reports as SenML, for peers that know no point table."""

from collections.abc import Sequence
from fractions import Fraction

from host_tools.collector.payload import EPOCH_UNIX_S, Value
from host_tools.points import PointTable
from host_tools.senml_units import units
from protocols import senml


def report_to_senml(
    table: PointTable, rows: Sequence[Sequence[Value]], base_name: str
) -> list[dict[str, object]]:
    """The rows of a decoded message (protocols/report/decoder.py) as records for `senml.encode`.

    A record's name is `base_name` and the point's.  Units are primary ones, so that any reader of RFC 8428
    knows them, and fractions are decimal ones, so that values stay exact.  What is absent or invalid has
    no record; SenML has no word for it.  A report without a time gets none, which in SenML means "now".
    """
    base_time = _unix(rows[0][1])
    base: dict[str, object] = {"bn": base_name, "bt": base_time}
    records: list[dict[str, object]] = []
    for _, time, *values in rows:
        since = {"t": _unix(time) - base_time} if _unix(time) != base_time else {}
        for point, value in zip(table.points, values, strict=True):
            if isinstance(value, int):
                unit = units()[point.unit]
                reading = unit.to_primary(value * Fraction(point.scale))
                records.append({**base, "n": point.name, "u": unit.primary, "v": _number(reading), **since})
                base = {}
    return records


def _unix(time: int | None) -> int:
    return 0 if time is None else time + EPOCH_UNIX_S


def _number(value: Fraction) -> object:
    """Exact if the value has few enough decimals, as with every scale of a point it has."""
    for decimals in range(19):
        mantissa = value * 10**decimals
        if mantissa.denominator == 1:
            return senml.decimal(int(mantissa), -decimals)
    return float(value)

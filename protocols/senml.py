"""SenML packs in CBOR (RFC 8428 section 6): `encode`, `decode`, and `resolve` (section 4.6).

A pack is a list of records, a record a dict with the labels of SenML's JSON form: "bn", "n", "u", "v",
"vs", "vb", "vd" (bytes), "s", "t", "ut", "bver", "bt", "bu", "bv", "bs".  Labels of extensions stay
text in CBOR too.

Numbers are integers or floats; `decimal` makes an exact one for encoding, and a decoded one becomes an
integer or a float.  On a board with single-precision floats a fractional Unix time is off by minutes.
"""

from protocols import cbor
from protocols.errors import DecodeError, EncodeError

SENML_CBOR = 112  # Content-Format (RFC 8428 section 12.3.2)

# CBOR labels (table 4, which no extension adds to).
NUMBERS = {"bver": -1, "bn": -2, "bt": -3, "bu": -4, "bv": -5, "bs": -6}
BASES = tuple(NUMBERS)
NUMBERS.update({"n": 0, "u": 1, "v": 2, "vs": 3, "vb": 4, "s": 5, "t": 6, "ut": 7, "vd": 8})
LABELS = {number: label for label, number in NUMBERS.items()}

TEXTS = ("bn", "bu", "n", "u", "vs")
VALUES = ("v", "vs", "vb", "vd")

# Versions are sets of features (RFC 9100): 10 is RFC 8428, and bit 4 allows secondary units (RFC 8798).
# Smaller numbers are older and compatible; examples of RFC 8428 itself say 5.
DEFAULT_VERSION = 10
SECONDARY_UNITS = 1 << 4
KNOWN_FEATURES = DEFAULT_VERSION | SECONDARY_UNITS

RELATIVE_TIMES = 1 << 28  # times below are relative to now (section 4.5.3)
DECIMAL_FRACTION = 4  # CBOR tag (RFC 8949 section 3.4.4)
MAX_EXPONENT = 280  # of decimal fractions: with MAX_INTEGER still a finite double
MAX_INTEGER = (1 << 64) - 1  # larger ones are bignums, which SenML does not have
NAME_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-:./_"


def decimal(mantissa, exponent):
    """The number mantissa × 10^exponent for a record's field: exact, and short in CBOR."""
    return cbor.Tag(DECIMAL_FRACTION, [exponent, mantissa]) if exponent else mantissa


def encode(records):
    """The pack as bytes, application/senml+cbor.  EncodeError: a field is not of its type."""
    pack = []
    for record in records:
        for label, item in record.items():
            if not isinstance(label, str) or (label in NUMBERS and not _fits(label, item)):
                raise EncodeError("SenML field " + repr(label) + " cannot be " + repr(item))
        pack.append({NUMBERS.get(label, label): item for label, item in record.items()})
    return cbor.dumps(pack)


def decode(data):
    """The records of a pack, in a definite or an indefinite array.

    Fields that nobody knows are left out, but not those whose label ends in "_": they must be understood
    (section 4.4).  DecodeError on anything that is no pack, or that only a later version explains.
    """
    pack = cbor.loads(data)
    if not isinstance(pack, list):
        raise DecodeError("a SenML pack is an array")
    records = [_record(item) for item in pack]
    versions = {record["bver"] for record in records if "bver" in record}
    if len(versions) > 1:
        raise DecodeError("two versions in one SenML pack")
    for version in versions:
        if version > DEFAULT_VERSION and version & ~KNOWN_FEATURES:
            raise DecodeError("SenML of version " + str(version))
    return records


def resolve(records, now):
    """Records that stand alone, ordered by time: base fields applied, times absolute Unix seconds.

    `now` is what relative times count from.  "t" is always there; "bver" where it is not the default.
    DecodeError: a name with characters that names may not have, or a record without a value.
    """
    base = {}
    resolved = []
    for record in records:
        base.update({label: item for label, item in record.items() if label in BASES})
        resolved.append(_resolved(record, base, now))
    order = sorted([(record["t"], i) for i, record in enumerate(resolved)])  # equal times keep their order
    return [resolved[i] for _, i in order]


def _record(item):
    if not isinstance(item, dict):
        raise DecodeError("a SenML record is a map")
    record = {}
    for key, field in item.items():
        if key in NUMBERS:
            raise DecodeError("SenML label " + key + " as text")
        if isinstance(key, str) and key[-1:] == "_":
            raise DecodeError("SenML field " + key + " must be understood")
        label = LABELS.get(key) if type(key) is int else None
        if label is None:
            continue
        if not _fits(label, field):
            raise DecodeError("SenML field " + label + " of a wrong type")
        record[label] = _plain(field) if isinstance(field, cbor.Tag) else field
    if len([label for label in VALUES if label in record]) > 1:
        raise DecodeError("a SenML record with two values")
    return record


def _resolved(record, base, now):
    result = {label: record[label] for label in ("vs", "vb", "vd", "ut") if label in record}
    result["n"] = _name(base.get("bn", "") + record.get("n", ""))
    result["t"] = _sum(base, "bt", record, "t")
    if result["t"] < RELATIVE_TIMES:
        result["t"] += now
    unit = record.get("u", base.get("bu"))
    if unit is not None:
        result["u"] = unit
    if "v" in record or ("bv" in base and not _has_value(record)):
        result["v"] = _sum(base, "bv", record, "v")
    if "s" in record or "bs" in base:
        result["s"] = _sum(base, "bs", record, "s")
    if not _has_value(result):
        raise DecodeError("a SenML record without a value")
    if base.get("bver", DEFAULT_VERSION) != DEFAULT_VERSION:
        result["bver"] = base["bver"]
    return result


def _has_value(record):
    return "s" in record or any(label in record for label in VALUES)


def _sum(base, base_label, record, label):
    total = base.get(base_label, 0) + record.get(label, 0)
    if total - total != 0:
        raise DecodeError("a SenML number that is too large")
    return total


def _name(name):
    """Section 4.5.1; LwM2M's names begin with a slash, so that is let pass."""
    if not name or name[0] in "-:._" or not all(character in NAME_CHARACTERS for character in name):
        raise DecodeError("not a SenML name: " + repr(name))
    return name


def _fits(label, item):
    if label in TEXTS:
        return isinstance(item, str)
    if label == "vb":
        return item is True or item is False
    if label == "vd":
        return isinstance(item, bytes)
    if label == "bver":
        return type(item) is int and item > 0
    if isinstance(item, cbor.Tag):
        return _is_decimal(item)
    return _is_integer(item) or (type(item) is float and item - item == 0)  # neither infinite nor NaN


def _is_integer(item):
    return type(item) is int and abs(item) <= MAX_INTEGER


def _is_decimal(tag):
    if tag.number != DECIMAL_FRACTION or not isinstance(tag.value, list) or len(tag.value) != 2:
        return False
    exponent, mantissa = tag.value
    return _is_integer(mantissa) and _is_integer(exponent) and abs(exponent) <= MAX_EXPONENT


def _plain(tag):
    exponent, mantissa = tag.value
    if exponent >= 0:
        return mantissa * 10**exponent
    whole, rest = divmod(mantissa, 10**-exponent)
    return whole if rest == 0 else mantissa / 10**-exponent

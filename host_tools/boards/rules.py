"""A point's rules, as the node has them: integers in steps of the point's scale.

Rules are no part of the point table and its id: a report is decoded the same whatever they are, and the
server may change them on a node that is in use.
"""

from dataclasses import dataclass
from fractions import Fraction

from host_tools.boards.model import PointDeclaration
from host_tools.points import Point, PointError, exact
from protocols.report.layout import MAX_VALUE

CLASSES = {"alarm": 0, "event": 1, "telemetry": 2}  # of the outbox
REPORTING = ("step", "above", "below", "hysteresis")  # in the point's unit
# Keys that make no sense for a point of the kind, and why.
IMPOSSIBLE = {
    "signal": (("jump", "stuck", "hysteresis"), "a signal is the one or the other, and may stay so for ever"),
    "control": (
        ("jump", "stuck", "above", "below", "hysteresis"),
        "a control is what the node itself has set",
    ),
}


@dataclass(frozen=True)
class Rules:
    """None: not given.  `cls`, `min_s` and `hysteresis` always have a value."""

    least: int | None
    most: int | None
    jump: int | None
    stuck: int | None
    cls: int
    step: int | None
    min_s: int
    above: int | None
    below: int | None
    hysteresis: int

    @property
    def quality(self) -> tuple[int | None, ...]:
        """What tells a value that cannot be right: (least, most, jump, stuck)."""
        return self.least, self.most, self.jump, self.stuck

    @property
    def report(self) -> tuple[int | None, ...] | None:
        """What is worth a report out of turn: (cls, step, min_s, above, below, hysteresis); None: nothing."""
        if self.step is None and self.above is None and self.below is None:
            return None
        return self.cls, self.step, self.min_s, self.above, self.below, self.hysteresis


def make_rules(point: Point, declaration: PointDeclaration) -> Rules:
    """The rules of `point`, which `declaration` declares.  Raises PointError."""
    keys, why = IMPOSSIBLE.get(declaration.kind, ((), ""))
    for key in keys:
        if getattr(declaration, key) is not None:
            raise PointError(f"{key}: {why}")
    least, most = (_scaled(point, "range", end) for end in declaration.range or (None, None))
    values = {key: _scaled(point, key, getattr(declaration, key)) for key in ("jump", *REPORTING)}
    if declaration.kind != "telemetry" and values["step"] is None:
        values["step"] = 1  # a change of state is always worth telling
    values["hysteresis"] = values["hysteresis"] or 0
    rules = Rules(
        least=least,
        most=most,
        stuck=declaration.stuck,
        cls=CLASSES[declaration.priority],
        min_s=declaration.min_s or 0,
        **values,
    )
    _check_range(rules, declaration)
    _check_thresholds(rules)
    if rules.report is None and declaration.min_s is not None:
        raise PointError("min_s: there is no rule that it could hold back")
    return rules


def _scaled(point: Point, key: str, value: float | None) -> int | None:
    """`value`, in the point's unit, in steps of its scale."""
    if value is None:
        return None
    steps = exact(value) / Fraction(point.scale)
    if steps.denominator != 1:
        raise PointError(f"{key}: {value:.15g} is no multiple of the scale, {point.scale}")
    if abs(steps) > MAX_VALUE:
        raise PointError(
            f"{key}: {value:.15g} is {steps} of the scale, more than the {MAX_VALUE} of a report"
        )
    return int(steps)


def _check_range(rules: Rules, declaration: PointDeclaration) -> None:
    """All else is within the range; that of a yes or no is clear without saying."""
    least, most = rules.least, rules.most
    if least is None and declaration.source.partition(".")[2].startswith("is_"):
        least, most = 0, 1
    if least is None:
        return
    if least >= most:
        raise PointError("range: the first must be less than the second")
    for key in ("above", "below"):
        threshold = getattr(rules, key)
        if threshold is not None and not least <= threshold <= most:
            raise PointError(f"{key}: {getattr(declaration, key):.15g} is outside the range")
    if most == rules.above or least == rules.below:
        raise PointError(f"{'above' if most == rules.above else 'below'}: no value of the range is beyond it")
    for key in ("jump", "step"):
        if (getattr(rules, key) or 0) > most - least:
            raise PointError(f"{key}: {getattr(declaration, key):.15g} is wider than the range")


def _check_thresholds(rules: Rules) -> None:
    above, below = rules.above, rules.below
    if above is None and below is None and rules.hysteresis:
        raise PointError("hysteresis: there is neither `above` nor `below`")
    if above is not None and below is not None:
        if above <= below:
            raise PointError("above: must be more than `below`")
        if above - rules.hysteresis < below + rules.hysteresis:
            raise PointError("hysteresis: no value between `below` and `above` would end the alarm")

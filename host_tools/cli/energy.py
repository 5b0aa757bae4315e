"""What a simulated board took from its battery, for programs and for people."""

from host_tools.simulator.energy.account import Energy

DAYS_PER_YEAR = 365.25


def energy_as_dict(energy: Energy) -> dict:
    return {
        "mah_per_day": {
            "modem": {state: round(mah, 4) for state, mah in energy.modem.items()},
            "chip": {state: round(mah, 4) for state, mah in energy.chip.items()},
            "parts": {name: round(mah, 4) for name, mah in energy.parts.items()},
        },
        "average_ma": round(energy.average_ma, 4),
        "battery_days": round(energy.battery_days, 1),
        "assumptions": energy.assumptions,
    }


def energy_as_line(energy: Energy, on_a_cell: bool) -> str:
    """on_a_cell: how long a cell lasts is of interest."""
    life = f" {energy.battery.title} would last {_time(energy.battery_days)}" if on_a_cell else ""
    return (
        f"{energy.mah_per_day:.4g} mAh a day, {energy.average_ma:.3g} mA on average;"
        f" modem {_states(energy.modem)}; chip {_states(energy.chip)};"
        f"{_parts(energy.parts)}{life} (some currents are estimates: --json names them)"
    )


def _states(mah: dict[str, float]) -> str:
    return ", ".join(f"{state} {charge:.3g}" for state, charge in mah.items())


def _time(days: float) -> str:
    if days < 2 * DAYS_PER_YEAR:
        return f"{days:.0f} days"
    return f"{days / DAYS_PER_YEAR:.1f} years"


def _parts(mah: dict[str, float]) -> str:
    return f" parts {_states(mah)};" if mah else ""

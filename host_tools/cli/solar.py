"""What `citynode battery` says of a board with a solar panel."""

from calendar import month_abbr

from rich.table import Table

from host_tools.cli.output import people
from host_tools.simulator.energy.solar import PERCENT, SolarLife
from host_tools.simulator.worlds.pack import LOW_SHARE


def as_dict(found: SolarLife) -> dict:
    return {
        "mah_per_day": {
            "dry": {name: round(mah, 4) for name, mah in found.dry.items()},
            "storm": {name: round(mah, 4) for name, mah in found.storm.items()},
        },
        "climates": {
            climate: {
                "years": outlook.years,
                "runs_through": outlook.through,
                "never_low": outlook.never_low,
                "lowest_share": round(outlook.lowest, 3),
                "carries_mah_per_day": outlook.carries_mah,
                "harvest_mah_per_day": [round(mah, 1) for mah in outlook.harvest_mah],
            }
            for climate, outlook in found.outlooks.items()
        },
        "dark_days": {"low": round(found.dark_days(LOW_SHARE)), "empty": round(found.dark_days(0))},
    }


def print_outlook(found: SolarLife, period_s: int) -> None:
    most = ", ".join(f"{name} {mah:.2g}" for name, mah in list(found.dry.items())[:4])
    people.print(
        f"every {period_s} s: {sum(found.dry.values()):.3g} mAh a day in dry weather ({most}),"
        f" {sum(found.storm.values()):.3g} in a storm"
    )
    table = Table("mAh a day", *(f"{climate}, {PERCENT} %" for climate in found.outlooks))
    harvests = (outlook.harvest_mah for outlook in found.outlooks.values())
    for month, *harvest_mah in zip(month_abbr[1:], *harvests, strict=True):
        table.add_row(month, *(f"{mah:.0f}" for mah in harvest_mah))
    people.print("the panel brings")
    people.print(table)
    for climate, outlook in found.outlooks.items():
        people.print(
            f"{climate}: runs through {outlook.through} of {outlook.years} seeded years,"
            f" never low in {outlook.never_low}; lowest charge {outlook.lowest:.0%} ({PERCENT} %);"
            f" {outlook.carries_mah} mAh a day would be the most"
        )
    people.print(
        f"without any sun: {found.dark_days(LOW_SHARE):.0f} days from full until it is low,"
        f" {found.dark_days(0):.0f} until it is empty"
    )

"""Places of the world by name."""

from host_tools.simulator.world import World


def place_of(world: World, name: str) -> tuple[object, str]:
    """ "cover.quiet" -> the cover, "quiet"; None in place of what is not there."""
    place: object = world
    *path, attribute = name.split(".")
    for part in path:
        place = getattr(place, part, None)
    return place, attribute

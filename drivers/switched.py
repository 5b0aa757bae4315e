"""A part whose supply is on for a reading only."""

from protocols.compat import sleep_ms


def switch_off(power):
    """power: the pin of its supply; None for a part that is always on."""
    if power:
        power.value(0)
        power.init(power.OUT)


async def while_on(power, warm_up_ms, read):
    """What `await read()` returns; its supply is on meanwhile, and from `warm_up_ms` before."""
    if not power:
        return await read()
    power.value(1)
    try:
        await sleep_ms(warm_up_ms)
        return await read()
    finally:
        power.value(0)

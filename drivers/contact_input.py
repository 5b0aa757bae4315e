"""A switch on an input pin: a door, a float, a reed contact."""

from protocols.compat import sleep_ms

ROUNDS = 20  # a contact that never comes to rest is taken as it is then


class ContactInput:
    """`contact` is a pin; `active_level` is what it reads when the door is open, the float up.

    The default suits a contact to ground that is closed while the door is: it opens, or its cable is
    cut, and the pull-up makes the pin high.  `debounce_ms` is how long the level must stay.
    """

    def __init__(self, contact, active_level=1, debounce_ms=50):
        self._contact = contact
        self._active_level = active_level
        self._debounce_ms = debounce_ms
        self._set_up(contact)

    def _set_up(self, contact):
        contact.init(contact.IN, contact.PULL_UP)

    async def read(self):
        """`{"is_active": 0 or 1}`, after the contact has been at rest for the debouncing time."""
        level = self._contact.value()
        for _ in range(ROUNDS):
            before = level
            await sleep_ms(self._debounce_ms)
            level = self._contact.value()
            if level == before:
                break
        return {"is_active": int(level == self._active_level)}


class ClosingContact(ContactInput):
    """A contact to the supply that is open at rest, when it takes no current: for nodes on a battery.

    It makes the pin high when it closes, which is also what wakes a chip from deep sleep.  One that is open
    is believed at once, as a wake must be short: if it has just bounced, it wakes the chip again.

    `confirm_ms` is for how long it must stay closed, where what moves it splashes or rattles.
    """

    def __init__(self, contact, confirm_ms=500):
        super().__init__(contact)
        self._confirm_ms = confirm_ms

    def _set_up(self, contact):
        contact.init(contact.IN, contact.PULL_DOWN)

    async def read(self):
        """`{"is_active": 0 or 1}`."""
        if not self._contact.value():
            return {"is_active": 0}
        await sleep_ms(self._confirm_ms)
        return await super().read()

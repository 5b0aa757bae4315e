"""Power saving as a contract: what the node asks, what the network grants, and whether that is the same.

Only boards whose modem shall sleep load this.
"""

from protocols import power_saving
from protocols.at import fill
from protocols.power_saving import NOTHING, PowerSaving


class PowerContract:
    """`psm`: (T3324, T3412) in seconds; `edrx_s`: the cycle; None asks for none.  EncodeError if impossible.

    `granted`: PowerSaving as the network has it, None before it has said so.
    """

    def __init__(self, psm=None, edrx_s=None):
        self.granted = None
        self.psm = psm and (power_saving.encode_active(psm[0]), power_saving.encode_periodic(psm[1]))
        self.edrx = edrx_s and power_saving.encode_edrx(edrx_s)
        self._asked_psm = _seconds(self.psm or (None, None))
        self._asked_edrx_ms = self.edrx and power_saving.decode_edrx(self.edrx)

    def requests(self, profile):
        """The script that asks."""
        script = []
        if self.psm:
            active, periodic = self.psm
            script += [fill(step, active=active, periodic=periodic) for step in profile.psm_on]
        if self.edrx:
            script += [fill(step, edrx=self.edrx) for step in profile.edrx_on]
        return (() if self.psm else profile.psm_off) + (() if self.edrx else profile.edrx_off) + tuple(script)

    def on_registration(self, registration):
        """Take what a `+CEREG` says; a text if the network has come to grant something else than asked."""
        psm = _seconds((registration.active_time, registration.periodic_tau))
        before = self.granted or NOTHING
        if self.granted and psm == before[:2]:
            return None
        self.granted = PowerSaving(*(psm + before[2:]))
        return _difference("T3324, T3412 in s", psm, self._asked_psm)

    def on_edrx(self, fields):
        """As `on_registration`, with the fields of `+CEDRXRDP`: type, asked, granted, window."""
        cycle_ms = window_ms = None
        if len(fields) >= 4:
            cycle_ms = power_saving.decode_edrx(fields[2])
            window_ms = power_saving.decode_paging_window(fields[3])
        self.granted = PowerSaving(*(self.granted or NOTHING)[:2] + (cycle_ms, window_ms))
        return _difference("eDRX in ms", cycle_ms, self._asked_edrx_ms)


def _seconds(timers):
    active, periodic = timers
    return active and power_saving.decode_active(active), periodic and power_saving.decode_periodic(periodic)


def _difference(what, granted, asked):
    return None if granted == asked else "%s: granted %s, asked %s" % (what, str(granted), str(asked))

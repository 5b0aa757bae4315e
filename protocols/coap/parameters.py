"""When to send again and when to give up (RFC 7252 section 4.8), in milliseconds."""

from protocols.compat import ticks_add


class Parameters:
    """ACK_TIMEOUT, ACK_RANDOM_FACTOR and MAX_RETRANSMIT; both ends must use the same."""

    def __init__(self, ack_timeout_ms, ack_random_factor, max_retransmit):
        self.ack_timeout_ms = ack_timeout_ms
        self.ack_random_factor = ack_random_factor
        self.max_retransmit = max_retransmit

    def first_timeout_ms(self, random_fraction):
        """The wait after the first transmission; `random_fraction` is uniform in 0.0 to 1.0."""
        return int(self.ack_timeout_ms * (1 + (self.ack_random_factor - 1) * random_fraction))

    @property
    def max_transmit_wait_ms(self):
        """From the first transmission until the sender gives up."""
        return int(self.ack_timeout_ms * ((2 << self.max_retransmit) - 1) * self.ack_random_factor)


class Schedule:
    """When one Confirmable message is sent: waits that double (section 4.2).

    `random_fraction` is uniform in 0.0 to 1.0.
    """

    def __init__(self, parameters, random_fraction):
        self._wait_ms = parameters.first_timeout_ms(random_fraction)
        self._left = 1 + parameters.max_retransmit

    def transmit(self, now_ms):
        """Count a transmission; returns when the next is due, or None if this one may not be any more."""
        if not self._left:
            return None
        self._left -= 1
        due_ms = ticks_add(now_ms, self._wait_ms)
        self._wait_ms *= 2
        return due_ms


# A round trip over NB-IoT takes 1 to 10 s, and longer at the edge of coverage, where the radio
# repeats every block up to hundreds of times.  The RFC's 2 s would send each message several times
# over, and make the cell slower still; Nordic found needless repetitions at 10 s and none at 15 s
# (nrfconnect/sdk-nrf pull request 2498).  Two retransmissions end after 105 to 157 s, before a node
# on a battery has spent more on the radio than its report is worth.
NB_IOT = Parameters(ack_timeout_ms=15_000, ack_random_factor=1.5, max_retransmit=2)

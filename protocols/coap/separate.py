"""Responses that a server sends when it has them, not when it is asked (RFC 7252 section 5.2.2).

Towards each client one Confirmable response is under way at a time (NSTART, section 4.7); those after
it wait for its acknowledgement, its Reset or its time-out.
"""

from protocols.coap.numbers import CON, RST
from protocols.coap.parameters import Schedule
from protocols.compat import ticks_diff

CAPACITY = 256  # responses that wait or are under way, for all clients together


class Delivery:
    """One response on its way; `due_ms` is when it is sent (again), once it is first in its queue."""

    def __init__(self, message, schedule):
        self.message_id = message.message_id
        self.confirmable = message.type == CON
        self.datagram = message.encode()
        self.schedule = schedule
        self.due_ms = None


class SeparateResponses:
    """Sends each response until the client has it.  `failed(client, reason)` is told of the others."""

    def __init__(self, failed, parameters):
        self._failed = failed
        self._parameters = parameters
        self._queues = {}  # client -> deliveries, the first of them under way
        self._count = 0

    @property
    def next_ms(self):
        """When `poll` has something to do, or None."""
        earliest = None
        for queue in self._queues.values():
            due_ms = queue[0].due_ms
            if earliest is None or ticks_diff(due_ms, earliest) < 0:
                earliest = due_ms
        return earliest

    def add(self, message, client, now_ms, random_fraction):
        """Take a Message of type CON or NON; beyond CAPACITY it fails at once."""
        if self._count == CAPACITY:
            self._failed(client, "too many separate responses are waiting")
            return
        self._count += 1
        delivery = Delivery(message, Schedule(self._parameters, random_fraction))
        queue = self._queues.get(client)
        if queue:
            queue.append(delivery)
        else:
            delivery.due_ms = now_ms
            self._queues[client] = [delivery]

    def settle(self, message, client, now_ms):
        """Take an Empty ACK or RST; whether it was for a response that is under way."""
        queue = self._queues.get(client)
        if not queue or queue[0].message_id != message.message_id:
            return False
        self._next(client, now_ms)
        if message.type == RST:
            self._failed(client, "the separate response was reset")
        return True

    def poll(self, now_ms):
        """(datagram, client) to be sent now, or None.  Call it until it returns None."""
        for client, queue in list(self._queues.items()):
            while queue and ticks_diff(queue[0].due_ms, now_ms) <= 0:
                delivery = queue[0]
                delivery.due_ms = delivery.schedule.transmit(now_ms)
                if delivery.due_ms is None:
                    self._next(client, now_ms)
                    self._failed(client, "the separate response was not acknowledged")
                    continue
                if not delivery.confirmable:
                    self._next(client, now_ms)
                return delivery.datagram, client
        return None

    def _next(self, client, now_ms):
        """The first response is done with, and the one behind it may go."""
        queue = self._queues[client]
        queue.pop(0)
        self._count -= 1
        if queue:
            queue[0].due_ms = now_ms
        else:
            del self._queues[client]

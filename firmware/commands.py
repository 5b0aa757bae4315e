"""Commands from the server: each is carried out once, and its result goes to the outbox."""

from protocols.message_numbers import BAD_ARGUMENT, DONE, EXPIRED, FAILED, UNKNOWN_COMMAND


class Commands:
    def __init__(self, handlers, outbox, clock, log):
        """handlers: name -> (function, names of its arguments in one text).

        A function returns what it did, as a text; ValueError says that an argument is wrong.
        """
        self._handlers = handlers
        self._outbox = outbox
        self._clock = clock
        self._log = log
        self._last_id = 0

    def receive(self, commands):
        """Carry out what is new of [id, deadline, name, arguments]; True if anything was.

        The server repeats a command until it has seen the result, and its ids only count up.
        """
        fresh = [command for command in commands if command[0] > self._last_id]
        for command_id, deadline, name, arguments in fresh:
            self._last_id = command_id
            status, detail = self._carry_out(deadline, name, arguments)
            self._log("command %s %s: %s" % (name, arguments, detail))
            self._outbox.add_result(command_id, status, detail)
        return bool(fresh)

    def _carry_out(self, deadline, name, arguments):
        if self._clock.now() > deadline:
            return EXPIRED, "too late"
        if name not in self._handlers:
            return UNKNOWN_COMMAND, "known: " + ", ".join(sorted(self._handlers))
        function, usage = self._handlers[name]
        if len(arguments) != len(usage.split()):
            return BAD_ARGUMENT, "usage: %s %s" % (name, usage)
        try:
            return DONE, function(*arguments)
        except ValueError as error:
            return BAD_ARGUMENT, str(error)
        except Exception as error:  # the server repeats what has no result: a restart would meet it again
            return FAILED, "%s: %s" % (type(error).__name__, error)

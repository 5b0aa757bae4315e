"""Commands from the server: each is carried out at most once, and its result goes to the outbox.

NVS keeps the id of the last command that was begun, written before it is carried out, and of the last that
was answered.  A command that a reset broke off is not begun again: it is answered as failed.
"""

from protocols.message_numbers import BAD_ARGUMENT, DONE, EXPIRED, FAILED, UNKNOWN_COMMAND

BEGUN, ANSWERED = "begun", "answered"  # keys in NVS


class Commands:
    def __init__(self, handlers, outbox, clock, nvs, log):
        """handlers: name -> (function, names of its arguments in one text).  nvs: as esp32.NVS.

        The last arguments may be left out if they are in brackets.  A function returns what it did, as a
        text; ValueError says that an argument is wrong.
        """
        self._handlers = handlers
        self._outbox = outbox
        self._clock = clock
        self._nvs = nvs
        self._log = log
        self._begun = self._kept(BEGUN)
        self._answered = self._kept(ANSWERED)

    def receive(self, commands):
        """Carry out what is new of [id, deadline, name, arguments]; True if anything was.

        The server repeats a command until it has seen the result, and its ids only count up.
        """
        fresh = [command for command in commands if command[0] > self._answered]
        for command_id, deadline, name, arguments in fresh:
            status, detail = FAILED, "broken off by a reset"
            if command_id > self._begun:
                self._begun = self._keep(BEGUN, command_id)
                status, detail = self._carry_out(deadline, name, arguments)
            self._log("command %s %s: %s" % (name, arguments, detail))
            self._outbox.add_result(command_id, status, detail)
            self._answered = self._keep(ANSWERED, command_id)
        return bool(fresh)

    def _kept(self, key):
        try:
            return self._nvs.get_i32(key)
        except OSError:  # a new node
            return 0

    def _keep(self, key, command_id):
        self._nvs.set_i32(key, command_id)
        self._nvs.commit()
        return command_id

    def _carry_out(self, deadline, name, arguments):
        if self._clock.now() > deadline:
            return EXPIRED, "too late"
        if name not in self._handlers:
            return UNKNOWN_COMMAND, "known: " + ", ".join(sorted(self._handlers))
        function, usage = self._handlers[name]
        most = len(usage.split())
        if not most - usage.count("[") <= len(arguments) <= most:
            return BAD_ARGUMENT, "usage: %s %s" % (name, usage)
        try:
            return DONE, function(*arguments)
        except ValueError as error:
            return BAD_ARGUMENT, str(error)
        except Exception as error:  # the server repeats what has no result: a restart would meet it again
            return FAILED, "%s: %s" % (type(error).__name__, error)

"""Commands from the server: each is carried out at most once, and its result goes to the outbox.

NVS keeps the id of the last command that was begun, written before it is carried out, and of the last that
was answered.  A command that a reset broke off is not begun again: it is answered as failed at the next
start, for past its deadline the server does not repeat it.

Ids only count up: one below the last that was answered is an old one.  So a command must not overtake another
on its way.  It cannot: of all answers of the server the node takes only the one to the message that it sent
last, each has the first of the commands that wait, and here they are sorted.
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
        self._answered = self._kept(ANSWERED)
        begun = self._kept(BEGUN)
        if begun > self._answered:
            self._answer(begun, FAILED, "broken off by a reset")

    def receive(self, commands):
        """Carry out what is new of [id, deadline, name, arguments]; True if anything was.

        The server repeats a command until it has seen the result, and its ids only count up.
        """
        answered = self._answered
        for command_id, deadline, name, arguments in sorted(commands, key=lambda command: command[0]):
            if command_id > self._answered:
                self._keep(BEGUN, command_id)
                status, detail = self._carry_out(deadline, name, arguments)
                self._log("command %s: %s" % (name, detail))  # not its arguments: they may be keys
                self._answer(command_id, status, detail)
        return self._answered > answered

    def _answer(self, command_id, status, detail):
        try:
            self._outbox.add_result(command_id, status, detail)
        except OSError as error:  # worn flash, say: at a restart it would be the same
            self._log("outbox: a result is lost: %s" % error)
        self._answered = self._keep(ANSWERED, command_id)

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

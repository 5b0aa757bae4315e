"""`init` methods change what they are given and leave the rest as it is."""

KEEP = -1  # what the port, too, takes for "not given"


def changed(settings, given):
    return [old if given[i] == KEEP else given[i] for i, old in enumerate(settings)]

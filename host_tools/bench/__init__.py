"""`make bench`: what citynode costs, in figures by name.

CPU time of this process, best of a few runs: machines are noisy, and other programs' load should not count.
"""

"""What follows when the network rejects an attach, by EMM cause (3GPP TS 24.301 5.5.1.2.5 and 5.5.1.2.6)."""

SIM_IS_USELESS = {2, 3, 5, 6, 7, 8}  # until it is taken out, or the power
ELSEWHERE = {11, 12, 13, 14, 15}  # not in this network or area: only a new search can help
AT_ONCE = {9, 10, 40}  # the network has lost the context
CONGESTION = 22
SOON_S, LATER_S = 10, 720  # T3411 and the default of T3402 (3GPP TS 24.301 table 10.2.1)
ATTEMPTS = 5  # with T3411 in between, before T3402


def retry_s(cause: int, attempts: int, congestion_s: int) -> int | None:
    """After how long a modem tries again by itself; None: never.  `attempts` counts the rejected ones."""
    if cause in SIM_IS_USELESS:
        return None
    if cause in AT_ONCE:
        return 0 if attempts < ATTEMPTS else LATER_S
    if cause == CONGESTION:
        return congestion_s
    if cause in ELSEWHERE or attempts >= ATTEMPTS:
        return LATER_S
    return SOON_S

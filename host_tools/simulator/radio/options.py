"""One NB-IoT network as one modem meets it: every number that the cell goes by, with its source.

"dataset" is NB-IoT-Performance (T. Marzaki): UDP round trips and energy of a BC95-G and a SARA-N211 on two
Norwegian networks.  What is marked assumed has no measurement behind it: a default, to be set at will.
"""

from dataclasses import dataclass

Spread = tuple[int, int, int]  # least, most likely, most: a triangular distribution
Choice = str | tuple[int, int]  # what the network answers to a request, see `psm_grant`

ASKED, DENIED = "asked", "denied"


@dataclass(frozen=True)
class Level:
    """One coverage enhancement level (CE0 to CE2; modems call it ECL): repetitions make all of it slower."""

    attach_ms: Spread  # for a known carrier; a full scan of a band takes up to minutes
    rrc_setup_ms: Spread
    first_transfer_ms: Spread  # what the first datagram after idle takes on top
    one_way_ms: Spread  # within a connection, each direction
    access_ms: int  # of transmitter time, that a connection takes before it stands
    uplink_bps: int  # with repetitions, at which the transmitter is on for a datagram
    loss: float = 0.0  # of a datagram, each direction, on top of the network's


# Round trips from idle in the dataset, 5 % / median / 95 %: CE0 0.7 / 2.4 / 3.9 s, CE1 1.0 / 2.7 / 7.6 s,
# CE2 5.5 / 6.8 / 12.4 s; how they split into parts is ours.  Searches take 1 : 5 : 12 as long (Quectel BC26
# network search mechanism V1.1).  The rate of CE0 is below the 16.7 kbit/s of one tone (BC26 Hardware Design
# V1.0); those of CE1 and CE2 and all times of access are assumed.
LEVELS = (
    Level((2000, 5000, 15_000), (200, 400, 1500), (150, 500, 3900), (150, 200, 300), 40, 10_000),
    Level((10_000, 25_000, 75_000), (300, 700, 3500), (50, 200, 3500), (100, 150, 250), 300, 2000),
    Level(
        (24_000, 60_000, 180_000), (2000, 2200, 5000), (200, 400, 3000), (1000, 1100, 1500), 1500, 400, 0.02
    ),
)


@dataclass(frozen=True)
class CellOptions:
    """One network and the place where the modem stands.  Times of 3GPP are in plain seconds or ms."""

    levels: tuple[Level, Level, Level] = LEVELS
    # From CE0 down to CE1 and CE2: what an open NB-IoT base station (sonica) broadcasts by default.
    ce1_below_dbm: int = -113
    ce2_below_dbm: int = -125
    lost_below_dbm: int = -135  # nothing gets through; assumed, 6 dB below the BC26's tested sensitivity
    fading_db: float = 0.0  # slow, log-normal: standard deviation, of how RSRP wanders over minutes to hours
    inactivity_ms: int = 20_000  # dataset: connections of 23 s without release assistance
    rai_release_ms: int = 1000  # dataset: connections of about 3 s with it
    rai_honoured: float = 1.0  # dataset: one network took every second hint only
    downlink_loss: float = 0.0  # dataset: 0.004 in good coverage
    uplink_loss: float = 0.0
    core_ms: Spread = (0, 0, 0)  # from the base station to the server, each direction
    duplicate: float = 0.0  # share of datagrams that the way to the server doubles, each direction
    reorder: float = 0.0  # share of datagrams that are held back, so that later ones overtake them
    reorder_ms: Spread = (500, 2000, 10_000)  # for how long; assumed
    paging_cycle_ms: int = 2560  # idle DRX (3GPP TS 36.331 defaultPagingCycle rf256)
    # Power saving.  "asked": as the modem asks; "denied": not granted, and a request for eDRX is left without
    # an answer; or what is granted to whoever asks: [T3324 s, T3412 s], [cycle ms, paging window ms].
    psm_grant: Choice = ASKED
    edrx_grant: Choice = ASKED
    periodic_tau_s: int = 3240  # T3412 when none was granted: 54 min (3GPP TS 24.301 table 10.2.1)
    tau_ms: int = 1000  # connected for a tracking area update; assumed
    kept_in_psm: int = 0  # datagrams that the core keeps for a modem in PSM; most drop them
    # Mappings of the carrier's NAT: RFC 4787 4.3 recommends five minutes and forbids less than two.
    nat_timeout_s: int = 300
    reject_cause: int | None = None  # EMM cause (3GPP TS 24.301 9.9.3.9) with which attach is denied
    congestion_s: int = 900  # T3346 that comes with cause 22; assumed
    address: str = "10.170.235.216"
    new_address: bool = False  # at each attach
    # Network time when the board's time is 0, in seconds since 2020-01-01 UTC (this is the first second of
    # 2026); None: a network that never tells the time.
    utc_at_start: int | None = 189_388_800
    utc_error_s: int = 0  # what it tells is so much off
    zone_quarters: int = 32  # quarters of an hour east of Greenwich
    cell_id: int = 0x06923252
    tracking_area: int = 0x69C9
    earfcn: int = 2506  # band 5
    band: int = 5
    physical_cell: int = 62
    rsrp_dbm: int = -84
    rsrq_db: int = -10
    snr_db: int = 12
    tx_power_dbm: int = 9  # in CE0; CE1 and CE2 transmit with all they have

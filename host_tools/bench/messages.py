"""What a message costs: bytes on the air, and on the node work and heap, beside C's json.dumps.

Work is counted by the VM and turned into time as in chip/effort.py; heap is what is allocated, garbage
included.  The report is one of the trace that `sizes` describes.
"""

from host_tools.bench.chip import console_of
from host_tools.bench.figures import Figure
from host_tools.bench.sizes import Row, load_trace, node_day, packed, sizes
from host_tools.collector.payload import encode_downlink
from host_tools.cryptolib import aes
from host_tools.points import PointTable
from host_tools.simulator.chip.effort import WORK_PER_US
from protocols.coap.client import post
from protocols.coap.message import Message
from protocols.coap.numbers import ACK, APPLICATION_CBOR, CHANGED
from protocols.oscore import option
from protocols.oscore.context import Context, Credentials, partial_iv
from protocols.oscore.protect import seal

KID, COLLECTOR = b"\x12\x34", b""
SECRET, SALT, ID_CONTEXT = bytes(16), bytes(8), bytes(24)
TIMES = 20  # each step is done so often for its figure

PROGRAM = """
import gc, json, time
from cryptolib import aes
from protocols.coap.client import post
from protocols.coap.message import decode
from protocols.oscore import option
from protocols.oscore.context import Context, Credentials
from protocols.oscore.protect import seal, unseal
from protocols.report.encoder import ReportEncoder

rows, named = ({row!r},), {named!r}
encoder, buffer = ReportEncoder({schema_id}, len(rows[0]) - 2), bytearray(512)
context = Context(aes, Credentials({secret!r}, {salt!r}, {kid!r}, {collector!r}), {id_context!r})
pair, value, payload, response = {pair!r}, {value!r}, {payload!r}, {response!r}

def protect():
    return seal(context, post("/up", payload, 60, 1, b"tken"), pair, pair, value).encode()

steps = (
    ("nothing", lambda: None),
    ("encode", lambda: encoder.encode_into(buffer, 0, rows, 1)),
    ("protect", protect),
    ("unprotect", lambda: unseal(context, decode(response), pair, pair)),
    ("json_dumps", lambda: json.dumps(named)),
)
for name, step in steps:
    step()
    before = gc.mem_alloc()
    step()
    allocated = gc.mem_alloc() - before
    start = time.ticks_us()
    for _ in range({times}):
        step()
    print("cost", name, time.ticks_diff(time.ticks_us(), start), allocated)
"""


def figures() -> list[Figure]:
    table, rows = load_trace()
    single = rows[-1]
    up, down = protected(single, table)
    day = node_day(1, len(up) - len(packed(table, [single])), len(down) - len(acknowledgement(single)))
    return [
        *size_figures(),
        Figure("udp_single", len(up), "B", "UDP payload of one report: CoAP, OSCORE, packed"),
        Figure("ip_day_up", day.up, "B", "IP bytes of a node's day, a message every five minutes"),
        Figure("ip_day_down", day.down, "B", "and of their acknowledgements"),
        *cost_figures(single, table, down),
    ]


def size_figures() -> list[Figure]:
    result = []
    for size in sizes():
        name = size.name.replace(", ", "_").replace(" ", "_").lower()
        result.append(Figure(f"bytes_1_{name}", size.single_mean, "B", f"one report as {size.name}"))
        result.append(Figure(f"bytes_12_{name}", size.batch_mean, "B", f"each of twelve as {size.name}"))
    return result


def protected(row: Row, table: PointTable) -> tuple[bytes, bytes]:
    """A report's datagram at the age of the trace, and the datagram that answers it."""
    pair = (KID, partial_iv(row[0]))
    node = Context(aes, Credentials(SECRET, SALT, KID, COLLECTOR), ID_CONTEXT)
    collector = Context(aes, Credentials(SECRET, SALT, COLLECTOR, KID), ID_CONTEXT)
    request = post("/up", packed(table, [row]), APPLICATION_CBOR, 1, b"tken")
    up = seal(node, request, pair, pair, option.encode(pair[1], KID))
    answer = Message(ACK, CHANGED, 1, b"tken", [(12, b"<")], acknowledgement(row))
    down = seal(collector, answer, pair, pair, option.encode())
    return up.encode(), down.encode()


def acknowledgement(row: Row) -> bytes:
    return encode_downlink(row[1], acknowledged=[row[0]])


def cost_figures(row: Row, table: PointTable, response: bytes) -> list[Figure]:
    pair = (KID, partial_iv(row[0]))
    source = PROGRAM.format(
        row=tuple(row),
        named={"seq": row[0], "time": row[1], **table.decode(row[2:])},
        schema_id=table.schema_id,
        secret=SECRET,
        salt=SALT,
        kid=KID,
        collector=COLLECTOR,
        id_context=ID_CONTEXT,
        pair=pair,
        value=option.encode(pair[1], KID),
        payload=packed(table, [row]),
        response=response,
        times=TIMES,
    )
    lines = [line.split() for line in console_of(source).splitlines() if line.startswith("cost ")]
    costs = {name: (int(us) / TIMES, int(heap)) for _, name, us, heap in lines}
    idle_us, idle_heap = costs.pop("nothing")
    result = []
    for name, (us, heap) in costs.items():
        work = (us - idle_us) * WORK_PER_US / 1e6
        what = f"VM work units to {name.replace('_', ' ')}, one report"
        result.append(Figure(f"work_{name}", work, "M", what))
        result.append(Figure(f"heap_{name}", heap - idle_heap, "B", "and the heap that it allocates"))
    return result

"""Asks the meters of a DL/T 645-2007 line, 8E1 and usually at 2400 baud, for their data."""

from drivers.line_master import LineMaster
from protocols import dlt645
from protocols.errors import DecodeError

PIECES = 16  # an answer behind more noise than that many pieces of it is given up
MAX_FRAMES = 8  # of one answer; what the node reads fits in one


class Dlt645Master(LineMaster):
    def __init__(self, bus, baudrate=2400, **options):
        super().__init__(bus, baudrate, **options)

    async def read_data(self, address, identifier):
        """The bytes that a meter has for an identifier, as 0x02010100, lowest pair of digits first.

        Raises Dlt645Error if the meter refuses, BusError if no attempt got a valid answer.
        """
        name = "dlt645 meter " + address
        data, more = await self._transact(name, dlt645.read_request(address, identifier))
        number = 0
        while more and number < MAX_FRAMES:
            number += 1
            request = dlt645.read_more_request(address, identifier, number)
            piece, more = await self._transact(name, request)
            data += piece
        return data

    async def _attempt(self, request):
        self._bus.write(request)
        answer = b""
        for _ in range(PIECES):
            answer = dlt645.trim(answer)
            missing = dlt645.missing(answer)
            if not missing:
                return dlt645.parse_response(request, answer)
            piece = await self._bus.read(missing, self._timeout_ms)
            if len(piece) < missing:
                raise DecodeError("the answer breaks off" if answer + piece else "no answer")
            answer += piece
        raise DecodeError("noise on the line")

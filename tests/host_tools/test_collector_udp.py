"""The collector on loopback UDP, with aiocoap as the node."""

import asyncio
import time

import aiocoap
import cbor2
import pytest

from host_tools.collector.core import Collector
from host_tools.collector.store import Store
from host_tools.collector.udp import serve
from tests.host_tools.packing import packed


class StumblingCore:
    """A core that fails on some datagrams."""

    def datagram(self, data, source):
        if data == b"bad":
            raise OSError("disk full")
        return [b"got " + data, b"twice"]


async def started(core, port=0):
    """A serving task, and its address."""
    address = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve(core, "127.0.0.1", port, address.set_result))
    return task, await asyncio.wait_for(address, 10)


async def stop(task):
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


class Inbox(asyncio.DatagramProtocol):
    def __init__(self):
        self.datagrams = asyncio.Queue()

    def datagram_received(self, data, source):
        self.datagrams.put_nowait(data)


def test_a_failing_core_is_logged_and_does_not_stop_the_server(caplog):
    async def scenario():
        task, address = await started(StumblingCore())
        loop = asyncio.get_running_loop()
        transport, inbox = await loop.create_datagram_endpoint(Inbox, remote_addr=address)
        for datagram in (b"bad", b"good", b"bad", b"better"):
            transport.sendto(datagram)
        received = [await asyncio.wait_for(inbox.datagrams.get(), 10) for _ in range(4)]
        transport.close()
        await stop(task)
        return received

    assert asyncio.run(scenario()) == [b"got good", b"twice", b"got better", b"twice"]
    assert [record.name for record in caplog.records] == ["host_tools.collector.udp"] * 2


def test_the_port_is_free_again_after_cancellation():
    async def scenario():
        task, address = await started(StumblingCore())
        await stop(task)
        await asyncio.sleep(0)  # the transport closes its socket in the next turn of the loop
        again, same_address = await started(StumblingCore(), address[1])
        assert same_address == address
        await stop(again)

    asyncio.run(scenario())


def test_a_port_in_use_is_an_error():
    async def scenario():
        task, address = await started(StumblingCore())
        with pytest.raises(OSError, match="in use"):
            await serve(StumblingCore(), *address)
        await stop(task)

    asyncio.run(scenario())


def test_aiocoap_nodes_report(tmp_path):
    nodes = [f"pole-{i}" for i in range(20)]
    store = Store(tmp_path / "collector.db")
    for node in nodes:
        store.add_node(node, "smart_pole", 7, None, 0)

    async def report(client, address, node):
        message = aiocoap.Message(
            code=aiocoap.POST,
            uri=f"coap://{address[0]}:{address[1]}/up/{node}",
            payload=cbor2.dumps({2: packed([[seq, 5, seq] for seq in range(3)])}),
            content_format=60,
        )
        response = await asyncio.wait_for(client.request(message).response, 10)
        assert response.code == aiocoap.CHANGED
        assert cbor2.loads(response.payload)[3] == [0, 3]

    async def scenario():
        task, address = await started(Collector(store, {}, time.time, plaintext=True))
        client = await aiocoap.Context.create_client_context(transports=["simple6"])
        await asyncio.gather(*(report(client, address, node) for node in nodes))
        await client.shutdown()
        await stop(task)

    asyncio.run(scenario())
    assert [len(store.reports(node)) for node in nodes] == [3] * len(nodes)
    store.close()

"""`citynode provision`: identity, server and secrets, onto a flashed node."""

import time
from pathlib import Path
from typing import Annotated

import typer

from host_tools.boards.model import MAX_REPORT_S
from host_tools.cli.output import Json, Port, command, emit, people
from host_tools.cli.paths import Database, open_store
from host_tools.provisioning import device
from host_tools.provisioning.crews import check_knows_crews, crews_for_node, read_crew
from host_tools.provisioning.identity import (
    Provision,
    check_node_name,
    fresh_keys,
    node_name,
    parse_server,
)
from host_tools.provisioning.server import check_server


@command
def run(
    port: Port,
    server: Annotated[str, typer.Option(help="The collector, HOST or HOST:PORT, as the node reaches it.")],
    node: Annotated[str | None, typer.Option(show_default="PRODUCT-MAC", help="The node's name.")] = None,
    report_every: Annotated[
        int | None,
        typer.Option(
            min=1, max=MAX_REPORT_S, metavar="SECONDS", show_default="the board's", help="Report period."
        ),
    ] = None,
    crew: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="A crew that may open it: a file of `citynode crew new`; repeatable."
        ),
    ] = None,
    plaintext: Annotated[
        bool,
        typer.Option("--plaintext", help="For a bench: no protection; the collector must allow it too."),
    ] = False,
    no_check_server: Annotated[
        bool, typer.Option("--no-check-server", help="Do not ask the server whether it is there.")
    ] = False,
    db: Database = None,
    json: Json = False,
) -> None:
    """Give a node its name, its server and fresh keys, and note it in the collector's database."""
    host, udp_port = parse_server(server)
    if node:
        check_node_name(node)  # before the node is asked, which stops its program
    crews = crews_for_node([read_crew(file) for file in crew or []])
    if not no_check_server:
        check_server(host, udp_port)
    found = device.identify(port)
    if crews:
        check_knows_crews(found.product)
    name = node or node_name(found.product, found.mac)
    keys = None if plaintext else fresh_keys()
    with open_store(db) as store:  # first the database, then the node: a node that reports is known
        kid = store.add_node(name, found.product, found.schema_id, keys, int(time.time()))
    provision = Provision(name, host, udp_port, kid, keys, report_every, crews)
    device.write(port, provision)
    if json:
        emit(
            {
                "node": provision.node,
                "product": found.product,
                "mac": found.mac.hex(":"),
                "server": f"{host}:{udp_port}",
                "security": "plaintext" if plaintext else "oscore",
                "crews": len(crew or []),
            }
        )
        return
    knows = f", knows {len(crew)} crews" if crew else ""
    people.print(
        f"provisioned {provision.node}: {found.product} {found.mac.hex(':')},"
        f" reports to {host}:{udp_port}{knows}"
    )
    if plaintext:
        people.print("THE LINK IS NOT PROTECTED: for a bench only", style="bold red")

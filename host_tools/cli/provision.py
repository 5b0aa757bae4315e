"""`citynode provision`: identity, server and secrets, onto a flashed node."""

import secrets
import time
from pathlib import Path
from typing import Annotated

import typer

from host_tools.boards.model import MAX_REPORT_S
from host_tools.cli.output import Json, Port, command, emit, people
from host_tools.cli.paths import Database, open_store
from host_tools.provisioning import device
from host_tools.provisioning.identity import (
    SALT_BYTES,
    SECRET_BYTES,
    Provision,
    ProvisionError,
    check_node_name,
    is_loopback,
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
    plaintext: Annotated[
        bool, typer.Option("--plaintext", help="Accept an unprotected link to a server on another machine.")
    ] = False,
    no_check_server: Annotated[
        bool, typer.Option("--no-check-server", help="Do not ask the server whether it is there.")
    ] = False,
    db: Database = None,
    json: Json = False,
) -> None:
    """Give a node its name, its server and fresh secrets, and note it in the collector's database."""
    host, udp_port = parse_server(server)
    if node:
        check_node_name(node)  # before the node is asked, which stops its program
    _refuse_unprotected(host, plaintext)
    if not no_check_server:
        check_server(host, udp_port)
    found = device.identify(port)
    provision = Provision(
        node or node_name(found.product, found.mac),
        host,
        udp_port,
        secrets.token_bytes(SECRET_BYTES),
        secrets.token_bytes(SALT_BYTES),
        report_every,
    )
    _remember(db, provision, found)
    device.write(port, provision)
    if json:
        emit(
            {
                "node": provision.node,
                "product": found.product,
                "mac": found.mac.hex(":"),
                "server": f"{host}:{udp_port}",
            }
        )
        return
    people.print(
        f"provisioned {provision.node}: {found.product} {found.mac.hex(':')}, reports to {host}:{udp_port}"
    )
    people.print(
        "the link is plaintext: this version has no OSCORE yet, use it on a bench only", style="bold yellow"
    )


def _refuse_unprotected(host: str, plaintext: bool) -> None:
    """Nobody should put an unprotected node into a street by accident: loopback is for benches."""
    if not (plaintext or is_loopback(host)):
        raise ProvisionError(
            f"the link to {host} would be unprotected: this version has no OSCORE yet",
            "On a bench, pass --plaintext to accept that; do not in the field.",
        )


def _remember(db: Path | None, provision: Provision, found: device.Found) -> None:
    """First the database, then the node: a node that reports is known."""
    with open_store(db) as store:
        store.add_node(
            provision.node,
            found.product,
            found.schema_id,
            provision.master_secret,
            provision.master_salt,
            int(time.time()),
        )

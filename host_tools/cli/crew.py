"""`citynode crew`: the fobs of crews that may open a cover (docs/configuration.md)."""

from pathlib import Path
from typing import Annotated

import typer

from host_tools.cli.command import MAX_TIMEOUT_S, NoWait
from host_tools.cli.command import send as send_command
from host_tools.cli.output import Json, command, emit, people
from host_tools.cli.paths import Database, open_store
from host_tools.provisioning.crews import check_knows_crews, crews_for_node, new_crew_file, read_crew
from host_tools.provisioning.identity import ProvisionError

app = typer.Typer(help="Fobs of crews that may open a cover: make a key, tell nodes (docs/configuration.md).")


@app.command()
@command
def new(
    file: Annotated[Path, typer.Argument(help="The file to make; an existing one is not touched.")],
    json: Json = False,
) -> None:
    """Make a fob's key, in a file that only its owner may read."""
    new_crew_file(file)
    if json:
        emit({"file": str(file)})
    else:
        people.print(f"{file}: give the fob the key in it, then note the fob's counter there")


@app.command()
@command
def send(
    node: Annotated[str, typer.Argument(help="The node's name.")],
    files: Annotated[
        list[Path] | None, typer.Argument(help="A file for each crew, the first is number 1.")
    ] = None,
    nobody: Annotated[
        bool, typer.Option("--nobody", help="In place of files: it shall know no crew.")
    ] = False,
    timeout: Annotated[
        int,
        typer.Option(
            min=1,
            max=MAX_TIMEOUT_S,
            metavar="SECONDS",
            help="How long to wait, three days if not given: a cover sleeps for one between two messages.",
            show_default=False,
        ),
    ] = 3 * 86_400,
    no_wait: NoWait = False,
    db: Database = None,
    json: Json = False,
) -> None:
    """Have a node know these crews and no others, over its protected link, and wait for its answer."""
    if bool(files) == nobody:
        raise typer.BadParameter("give either files or --nobody")
    keys = crews_for_node([read_crew(file) for file in files or []])
    with open_store(db) as store:
        known = store.known_node(node)
        check_knows_crews(known.product)
        if known.kid is None:
            raise ProvisionError(f"{node}: its link is not protected", "Provision it without --plaintext.")
        send_command(store, node, "crew", [keys], timeout, no_wait, json)

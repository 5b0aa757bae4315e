"""`citynode config`: the settings of a node that the server may change."""

import json as json_text
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from host_tools.boards import Board, board_names, load_board, table_of
from host_tools.cli.output import Json, command, emit, people
from host_tools.cli.paths import Database, open_store
from host_tools.collector.configuration import State, Status, set_settings, status
from host_tools.collector.store import Store
from host_tools.configuration_form import ConfigurationError, to_form, to_settings

app = typer.Typer(
    help="A node's settings: show them, change them, go back to the board file's (docs/configuration.md)."
)
NodeArgument = Annotated[str, typer.Argument(help="The node's name.")]
BoardFile = Annotated[
    str | None,
    typer.Option("--board", help="The node's board file, if it is none of those that come with citynode."),
]
MayMove = Annotated[
    bool,
    typer.Option(
        "--yes-move-server",
        help="The node leaves this collector for another, which must have its keys;"
        " without an answer there it comes back after its trial.",
    ),
]


@app.command()
@command
def show(node: NodeArgument, board: BoardFile = None, db: Database = None, json: Json = False) -> None:
    """What the node should have, and what it says that it uses."""
    with open_store(db) as store:
        found = status(store, node)
        form = to_form(found.wanted.settings, _board(store, node, board)) if found.wanted else {}
    _tell(node, found, form, json)


@app.command("set")
@command
def set_(
    node: NodeArgument,
    changes: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="KEY=VALUE",
            help="As in report_s=5m or rules.voltage.above=250; `KEY=` takes a key out. Others stay.",
        ),
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="A TOML file with all settings, in place of KEY=VALUE.")
    ] = None,
    yes_move_server: MayMove = False,
    board: BoardFile = None,
    db: Database = None,
    json: Json = False,
) -> None:
    """Change settings: the node takes them with its next answer, and goes back if they cut it off."""
    if bool(changes) == bool(file):
        raise typer.BadParameter("give either KEY=VALUE or --file")
    with open_store(db) as store:
        wanted, model = status(store, node).wanted, _board(store, node, board)
        form = _read(file) if file else _changed(to_form(wanted.settings, model) if wanted else {}, changes)
        settings = to_settings(form, model)
        set_settings(store, node, settings, yes_move_server)
        _tell(node, status(store, node), to_form(settings, model), json)


@app.command()
@command
def clear(
    node: NodeArgument, yes_move_server: MayMove = False, db: Database = None, json: Json = False
) -> None:
    """Take all settings back: the node is as its board file and its provisioning have it."""
    with open_store(db) as store:
        status(store, node)
        set_settings(store, node, {}, yes_move_server)
        _tell(node, status(store, node), {}, json)


def _tell(node: str, found: Status, form: dict, json: bool) -> None:
    version = found.wanted.version if found.wanted else 0
    if json:
        emit(
            {
                "node": node,
                "version": version,
                "settings": form,
                "reported": found.reported,
                "state": found.state.value,
                "reason": found.reason,
            }
        )
        return
    people.print(f"{node}: {_words(found, version)}")
    for key, value in _flat(form):
        people.print(f"  {key} = {value if isinstance(value, str) else json_text.dumps(value)}")


def _words(found: Status, version: int) -> str:
    uses = f"it uses version {found.reported}" if found.reported else "it is as its board file has it"
    if found.reported is None:
        uses = "it has not said what it uses"
    if found.state is State.NONE:
        return f"no settings were set here; {uses}"
    if found.state is State.IN_FORCE:
        return f"version {version} is in force"
    reason = f" ({found.reason})" if found.reason else ""
    return f"version {version} is {found.state.value}{reason}; {uses}"


def _board(store: Store, node: str, board: str | None) -> Board:
    """The board with the points that the node has."""
    schema_id = store.schema_in_use(node)
    for name in [board] if board else board_names():
        model = load_board(name)
        if table_of(model).schema_id == schema_id:
            return model
    raise ConfigurationError(
        f"no board file here has the points of {node}, schema {schema_id:#08x}",
        "Give the one that it was built with: --board FILE",
    )


def _read(file: Path) -> dict:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:  # not TOML, or not text
        raise ConfigurationError(f"{file}: not TOML: {error}") from error


def _changed(form: dict, changes: list[str]) -> dict:
    """The form with each KEY=VALUE in it; a key's dots lead into tables."""
    for change in changes:
        key, separator, text = change.partition("=")
        if not (key and separator):
            raise ConfigurationError(f"{change!r} is not KEY=VALUE", "As in report_s=5m.")
        *path, last = key.split(".")
        table = form
        for name in path:
            table = table.setdefault(name, {})
            if not isinstance(table, dict):
                raise ConfigurationError(f"{key}: {name} is no table")
        if text:
            table[last] = _value(text)
        else:
            table.pop(last, None)
    return form


def _value(text: str) -> object:
    try:
        return json_text.loads(text)
    except ValueError:
        return text


def _flat(form: dict, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Each value with its dotted key, as `set` takes it."""
    for key, value in sorted(form.items()):
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value

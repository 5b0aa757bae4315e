"""The `citynode` command: one file a subcommand, each a thin skin over the library."""

import sys

import typer

from host_tools.cli import (
    battery,
    boards,
    build,
    collect,
    command,
    config,
    crew,
    doctor,
    events,
    flash,
    micropython,
    monitor,
    provision,
    simulate,
    telemetry,
)
from host_tools.cli.output import complain

app = typer.Typer(
    name="citynode",
    help="Flash, provision, simulate and watch city field nodes.",
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(boards.app, name="boards")
app.add_typer(micropython.app, name="micropython")
app.add_typer(config.app, name="config")
app.add_typer(crew.app, name="crew")
# In the order of a node's life; the subcommand's name is its module's.
for module in (
    build,
    flash,
    provision,
    simulate,
    battery,
    collect,
    command,
    telemetry,
    events,
    monitor,
    doctor,
):
    app.command(module.__name__.rpartition(".")[2])(module.run)


def main() -> None:
    arguments = sys.argv[1:] or ["--help"]
    try:
        status = app(arguments, prog_name="citynode", standalone_mode=False)
    except typer.TyperException as error:  # wrong usage
        context = getattr(error, "ctx", None)
        command_path = context.command_path if context else "citynode"
        complain(error.format_message(), f"`{command_path} --help` says more.", "--json" in arguments)
        status = error.exit_code
    sys.exit(status)

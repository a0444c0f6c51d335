"""The command line: one group, one module a command."""

from __future__ import annotations

import sys
import traceback
from importlib import import_module

import click

from entente import __version__
from entente.errors import EntenteError

#: Each command, the module that holds it, and its line in the overview.
COMMANDS = {
    "build": "Build the graph and make it the served snapshot.",
    "dump": "Write a version as files: Turtle, TriG, JSON-LD, RDF 1.2, nanopublications.",
    "serve": "Serve the snapshot, or RDF files of your own, by SPARQL.",
    "query": "Ask the snapshot or any endpoint.",
    "replay": "Evaluate recorded answers again and compare them byte for byte.",
    "diff": "List what changed between two versions, by claim and entity.",
    "compare": "Ask one query in several viewpoints and compare the rows.",
    "validate": "Check RDF against SHACL shapes.",
    "shapes": "Test shapes on cases with foretold results.",
    "reason": "Close a graph under the OWL 2 RL rules.",
    "format": "Write Turtle and TriG in their one deterministic form.",
    "evidence": "Check every passage against the texts.",
    "coverage": "Show which sentence of a text carries which claims.",
    "cite": "Find the passage of a quotation.",
    "show": "Print a claim beside its passage.",
    "why": "Say why a triple holds, down to the passages, or why not.",
    "new": "Look for what is there already, then draft something new.",
    "info": "Say what the snapshot holds.",
}


class _Commands(click.Group):
    """Imports a command when it is called: `entente cite` need not load a web server."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"entente.cli.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="entente")
def entente() -> None:
    """Ask what five policy texts claim, who holds it, where it stands, and who contradicts it.

    \b
    First steps:
      entente build
      entente serve
      entente query members-of-the-ccdcoe

    Exit codes: 0 fine, 1 violations, 2 bad input or usage, 3 nothing was checked,
    4 internal.
    """


def main() -> None:
    """Run a command; an error of ours becomes one line and its exit code."""
    try:
        entente(standalone_mode=False)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except EntenteError as error:
        click.echo(f"entente: {error}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(141)
    except Exception:  # Python's own code for a bug is 1, which says that there are violations
        traceback.print_exc()
        sys.exit(EntenteError.exit_code)

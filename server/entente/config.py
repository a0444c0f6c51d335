"""The one table of settings: flags, environment variables and docs follow from it.

A setting's name carries its unit. The flag of `deadline_s` is `--deadline-s`, its
environment variable `ENTENTE_DEADLINE_S`. Nothing here reads the environment: the
command line does, once, at its edge.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from entente.errors import UsageError

_KIB = 1024
_MIB = 1024 * _KIB


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table.

    Attributes:
        name: The attribute of `Settings`, with its unit.
        default: The value where nobody sets another.
        minimum: The least value that makes sense, or None for text.
        help: What it does, one sentence without a full stop.
        choices: The texts that are allowed, or nothing where all are.
    """

    name: str
    default: int | float | str
    minimum: int | float | None
    help: str
    choices: tuple[str, ...] = ()

    @property
    def flag(self) -> str:
        """Name the command line's flag."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """Name the environment variable."""
        return "ENTENTE_" + self.name.upper()

    def read(self, text: str) -> int | float | str:
        """Read a value that was given as text.

        Raises:
            UsageError: The text is no number, or one below the minimum.
        """
        kind = type(self.default)
        try:
            value = kind(text)
        except ValueError:
            raise UsageError(
                f"{self.flag}: {text!r} is not a number", fix=f"give one, such as {self.default}"
            ) from None
        return self.check(value)

    def check(self, value: int | float | str) -> int | float | str:
        """Return the value if it is allowed.

        Raises:
            UsageError: The value is below the minimum, or none of the choices.
        """
        if self.choices and value not in self.choices:
            raise UsageError(
                f"{self.flag}: {value!r} is not known", fix="give " + " or ".join(self.choices)
            )
        if self.minimum is not None and not float(value) >= self.minimum:
            raise UsageError(
                f"{self.flag}: {value} is too small", fix=f"give at least {self.minimum}"
            )
        return value


def _setting(
    default: Any,
    help: str,  # noqa: A002  the word of click and argparse
    minimum: float | None = 1,
    choices: tuple[str, ...] = (),
) -> Any:
    row = {"help": help, "minimum": minimum, "choices": choices}
    return field(default=default, metadata=row)


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything about the endpoint that can be set."""

    host: str = _setting("127.0.0.1", "address to listen on; 0.0.0.0 is every interface", None)
    port: int = _setting(8080, "TCP port to listen on")
    base: str = _setting(
        "",
        "address under which clients reach the server, such as https://example.org/entente",
        None,
    )
    deadline_s: float = _setting(
        10.0, "seconds that a query may take, its wait for a slot included", 0.01
    )
    queue_wait_s: float = _setting(1.0, "seconds that a query waits for a free worker", 0)
    max_memory_bytes: int = _setting(
        2048 * _MIB, "address space that a query may take above the store", 16 * _MIB
    )
    max_total_memory_bytes: int = _setting(
        4096 * _MIB, "memory that all queries together may take above the store", 16 * _MIB
    )
    patience_s: float = _setting(
        0.025, "seconds of a processor after which a query gives way to shorter ones", 0.001
    )
    max_loaded_bytes: int = _setting(
        1024 * _MIB, "size of the files of --data beyond which they are served from disk", 0
    )
    max_answer_bytes: int = _setting(64 * _MIB, "size of the largest answer that is given out")
    max_rows: int = _setting(1_000_000, "rows, or triples of a graph, that an answer may have")
    max_query_bytes: int = _setting(256 * _KIB, "size of the largest query, in UTF-8")
    max_body_bytes: int = _setting(1 * _MIB, "size of the largest request body")
    max_target_bytes: int = _setting(384 * _KIB, "size of the longest request target (path, query)")
    max_nesting: int = _setting(
        64, "depth to which braces, parentheses, brackets and elements may nest"
    )
    max_tokens: int = _setting(50_000, "tokens that a query may have")
    max_patterns: int = _setting(1000, "triple patterns that a query may have")
    header_timeout_s: float = _setting(
        10.0, "seconds in which the head of a request has to arrive", 0.01
    )
    body_timeout_s: float = _setting(10.0, "seconds in which a request body has to arrive", 0.01)
    warm_workers: int = _setting(4, "worker processes that are kept ready", 1)
    making_workers: int = _setting(
        4, "worker processes that are kept for the viewpoints that they made on request", 0
    )
    max_in_flight: int = _setting(16, "queries that run at the same time")
    max_long_in_flight: int = _setting(
        12, "queries longer than the patience that run at the same time; the rest is for short ones"
    )
    max_client_in_flight: int = _setting(8, "queries of one client that run at the same time")
    max_in_flight_bytes: int = _setting(
        256 * _MIB, "size of all answers on their way to clients together"
    )
    max_connections: int = _setting(1024, "connections that are open at the same time")
    send_timeout_s: float = _setting(
        30.0, "seconds in which a client has to take a part of its answer", 0.01
    )
    client_header: str = _setting(
        "", "header in which a proxy names the client, such as X-Forwarded-For", None
    )
    texts_folder: str = _setting(
        "",
        "folder of the texts, <source>.txt each, whose words pages may show, or nothing",
        None,
    )
    tokens_file: str = _setting("", "file of the tokens that allow more, or nothing", None)
    log_format: str = _setting(
        "json", "how a request is logged on stderr, a line each", None, ("json", "text", "none")
    )
    log_query: str = _setting(
        "hash", "what of a query is logged: its hash, or its text too", None, ("hash", "text")
    )
    stop_grace_s: float = _setting(
        15.0, "seconds that a stopping server waits for answers under way", 0
    )
    cache_bytes: int = _setting(64 * _MIB, "memory for answers that are kept", 0)
    max_cached_answer_bytes: int = _setting(16 * _MIB, "size of the largest answer that is kept", 0)
    prepared_bytes: int = _setting(
        8 * _MIB, "memory for pages that are made before anybody asks for them; 0 makes none", 0
    )
    max_record_bytes: int = _setting(
        64 * _MIB, "size of all answers that are recorded to be cited; 0 records none", 0
    )
    max_client_records: int = _setting(
        100, "answers that one client may have recorded until the server is started anew", 0
    )
    watch_s: float = _setting(1.0, "seconds between two looks for a new snapshot", 0.01)
    service_origins: str = _setting(
        "",
        "origins that SERVICE may ask, each with =ADDRESS behind it where a mirror answers for it; "
        "none: SERVICE is off",
        None,
    )
    service_contact: str = _setting(
        "https://w3id.org/entente/", "whom to ask about our calls, in their User-Agent", None
    )
    service_timeout_s: float = _setting(8.0, "seconds that a call of SERVICE may take", 0.01)
    max_service_bytes: int = _setting(8 * _MIB, "size of all that one SERVICE is answered")
    max_service_rows: int = _setting(10_000, "rows that one SERVICE may have")
    max_service_bindings: int = _setting(200, "values that a call of SERVICE is asked for at once")
    max_service_calls: int = _setting(16, "calls of SERVICE that a query may cause")
    max_service_in_flight: int = _setting(
        8, "calls of SERVICE that run at the same time, half of them for one client"
    )
    max_service_hops: int = _setting(3, "endpoints that a query with SERVICE may have passed", 0)
    max_table_rows: int = _setting(1000, "rows of an answer that the page for people shows")


def settings_table() -> list[Setting]:
    """List the settings in the order in which help and docs show them."""
    return [Setting(row.name, row.default, **row.metadata) for row in dataclasses.fields(Settings)]  # type: ignore[arg-type]


def read_settings(
    given: Mapping[str, str | None],
    environment: Mapping[str, str],
    file: Mapping[str, object] = MappingProxyType({}),
) -> Settings:
    """Make the settings of a run: flag, else environment, else file, else default.

    Args:
        given: Texts by the setting's name, from flags; None where a flag was not used.
        environment: Texts by variable.
        file: Values by the setting's name, from a file.

    Raises:
        UsageError: A value is no number or below its minimum, or a name is unknown.
    """
    table = settings_table()
    if unknown := sorted(file.keys() - {row.name for row in table}):
        raise UsageError(
            f"the file of settings has '{unknown[0]}', which is no setting",
            fix="`entente serve --help` lists them, with '_' for '-'",
        )
    values = {}
    for row in table:
        text = given.get(row.name)
        text = environment.get(row.variable) if text is None else text
        text = str(file[row.name]) if text is None and row.name in file else text
        if text is not None:
            values[row.name] = row.read(text)
    return Settings(**values)  # type: ignore[arg-type]


def document_settings() -> str:
    """Write the table of settings in Markdown."""
    rows = [
        f"| `{row.name}` | `{row.default}` | {row.help} |"
        if row.default != ""
        else f"| `{row.name}` | | {row.help} |"
        for row in settings_table()
    ]
    head = [
        "Each has a flag, such as `--deadline-s`, and a variable, such as `ENTENTE_DEADLINE_S`.",
        "",
        "| setting | default | what it is |",
        "|---|---|---|",
    ]
    return "\n".join([*head, *rows, ""])


if __name__ == "__main__":
    print(document_settings())  # noqa: T201  what the command is for

"""What a route says of itself. Views bear it, so that OpenAPI follows from the routes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from entente.query.formats import Format

F = TypeVar("F", bound=Callable[..., Any])
_ATTRIBUTE = "documentation"
_TEXT: Mapping[str, str] = {"type": "string"}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a route.

    Attributes:
        name: Its name.
        description: What it stands for.
        schema: Its JSON Schema.
        required: Whether it has to be there.
        repeated: Whether it may stand there several times.
    """

    name: str
    description: str
    schema: Mapping[str, Any] = field(default_factory=lambda: _TEXT)
    required: bool = False
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Documentation:
    """What a route is for.

    Attributes:
        summary: One sentence without a full stop.
        parameters: What stands behind the question mark.
        media_types: The types of its answers, the default first.
        statuses: Statuses that its success may have; 303 leads elsewhere.
    """

    summary: str
    parameters: tuple[Parameter, ...] = ()
    media_types: tuple[str, ...] = ()
    statuses: tuple[int, ...] = (200,)


def documented(
    summary: str,
    *parameters: Parameter,
    formats: Sequence[Format | str] = (),
    statuses: Sequence[int] = (200,),
) -> Callable[[F], F]:
    """Let a view say what it is for."""
    media_types = tuple(f.media_type if isinstance(f, Format) else f for f in formats)
    said = Documentation(summary, parameters, media_types, tuple(statuses))

    def mark(view: F) -> F:
        setattr(view, _ATTRIBUTE, said)
        return view

    return mark


def documentation_of(view: Callable[..., Any]) -> Documentation | None:
    """Read what a view says of itself."""
    said = getattr(view, _ATTRIBUTE, None)
    return said if isinstance(said, Documentation) else None

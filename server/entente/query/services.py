"""Plan the calls of a query with SERVICE: whom each asks, for what, and with which bindings.

The engine evaluates no SERVICE: its workers have no sockets. So the rows of each are fetched
before, in the order of the query, and take its place. What stands before a SERVICE and shares
variables with it is evaluated first, so that the remote endpoint is asked for these values
only. Joins make this exact: a row that fits none of the values would be dropped later.

Source: https://www.w3.org/TR/sparql11-federated-query/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from entente.errors import QueryError, QueryRefused, QueryTooCostly
from entente.query.groups import Element, Group, read_pattern
from entente.query.guard import read_prologue, resolve
from entente.query.origins import find_origin
from entente.query.tokens import Kind, Token, place_at
from entente.query.words import FORMS

#: What a group's solutions are joined with: elements of these kinds do not hide an outer group.
_JOINED = frozenset({"GROUP", "OPTIONAL", "GRAPH"})


@dataclass(frozen=True, slots=True)
class Context:
    """A group on the way from the query's pattern down to a SERVICE.

    Attributes:
        kind: GROUP, OPTIONAL, GRAPH or whatever else it stands in.
        opener: What opens it: nothing, or `GRAPH` with a name.
        group: The group.
        at: The index of the element that leads on, or that is the SERVICE.
    """

    kind: str
    opener: str
    group: Group
    at: int

    @property
    def before(self) -> Sequence[Element]:
        """The elements that stand before the SERVICE."""
        return self.group.elements[: self.at]


@dataclass(frozen=True, slots=True)
class Call:
    """A SERVICE.

    Attributes:
        element: Where it stands.
        endpoint: The endpoint's IRI, absolute.
        pattern: What the endpoint is asked, without the braces.
        columns: The variables that it may bind, in their order.
        shared: Those of them that what stands before may bind, too.
        contexts: The groups whose elements before the SERVICE it is joined with.
    """

    element: Element
    endpoint: str
    pattern: str
    columns: tuple[str, ...]
    shared: tuple[str, ...]
    contexts: tuple[Context, ...]

    @property
    def flat(self) -> bool:
        """Say whether VALUES may stand among its elements without another meaning."""
        return all(element.kind == "TRIPLES" for element in self.element.groups[0].elements)


@dataclass(frozen=True, slots=True)
class Plan:
    """The calls of a query.

    Attributes:
        query: The query's text.
        prologue: What stands before its form: BASE and PREFIX lines.
        dataset: Its FROM clauses, as they stand.
        calls: In the order of the query.
        local: The query with blanks in the place of each SERVICE; lines stay what they are.
        checked: The query with GRAPH for every SERVICE, each token at its place: it is
            well-formed where the query is, and evaluates to nothing over no data.
    """

    query: str
    prologue: str
    dataset: str
    calls: tuple[Call, ...]
    local: str
    checked: str

    def remote_query(self, call: Call, bindings: str, max_rows: int) -> str:
        """Write what a remote endpoint is asked.

        Args:
            call: The SERVICE.
            bindings: A VALUES block, or an empty string.
            max_rows: One row more is asked for, so that too many are noticed.
        """
        columns = " ".join(f"?{column}" for column in call.columns) or "*"
        inner = call.pattern if call.flat or not bindings else f"{{{call.pattern}}}"
        return (
            f"{self.prologue}SELECT {columns} WHERE {{ {bindings} {inner}\n}} LIMIT {max_rows + 1}"
        )

    def binding_query(self, call: Call, limit: int) -> tuple[str, Mapping[int, int]]:
        """Write the query for the values that what stands before a SERVICE binds.

        Args:
            call: The SERVICE; it has shared variables.
            limit: How many rows it may have.

        Returns:
            The query, and where in it the earlier calls' rows belong: offsets by the offsets
            in the query of this plan.
        """
        names = " ".join(f"?{name}" for name in call.shared)
        text = f"{self.prologue}SELECT DISTINCT {names} {self.dataset} WHERE "
        places: dict[int, int] = {}
        for context in call.contexts:
            text += f"{context.opener} {{ "
            for element in _kept(context):
                source = self.local[element.start : element.end]
                for earlier in self.calls:
                    if element.start <= earlier.element.start < element.end:
                        offset = earlier.element.start - element.start
                        places[earlier.element.start] = len(text) + offset
                text += source + (" . " if element.kind == "TRIPLES" else " ")
        return text + "} " * len(call.contexts) + f"LIMIT {limit}", places


def plan_services(
    query: str,
    tokens: Sequence[Token],
    origins: Mapping[str, str],
    max_calls: int,
    base: str = "",
) -> Plan:
    """Plan the calls of a query that has SERVICE.

    Args:
        query: The query's text.
        tokens: Its tokens.
        origins: The origins that the operator listed.
        max_calls: How many calls a query may have.
        base: What relative IRIs are resolved against where the query has no BASE.

    Raises:
        QueryError: It is malformed in a way that shows here.
        QueryTooCostly: It has too many calls.
        QueryRefused: An endpoint is a variable or not listed, or a SERVICE stands in EXISTS.
    """
    asked = sum(token.word == "SERVICE" for token in tokens)
    if asked > max_calls:
        raise QueryTooCostly(
            f"the query has SERVICE {asked} times, and {max_calls} are allowed",
            fix="ask in several queries",
        )
    form = next(at for at, token in enumerate(tokens) if token.word in FORMS)
    pattern = read_pattern(tokens, query)
    reader = _Planner(query, tokens[:form], origins, base)
    calls = tuple(reader.find(pattern, (Context("GROUP", "", pattern, 0),)))
    _check_found(query, tokens, calls)
    prologue = query[: tokens[form].start]
    if base and not any(token.word == "BASE" for token in tokens[:form]):
        prologue = f"BASE <{base}>\n{prologue}"
    dataset = _find_dataset(query, tokens, pattern)
    return Plan(query, prologue, dataset, calls, _blank(query, calls), _name_graphs(query, tokens))


class _Planner:
    """Finds calls.

    Args:
        query: The query's text.
        prologue: The tokens before its form.
        origins: What the operator listed.
        base: What relative IRIs are resolved against.
    """

    def __init__(
        self, query: str, prologue: Sequence[Token], origins: Mapping[str, str], base: str
    ) -> None:
        self._query = query
        self._origins = origins
        self._base, self._prefixes = read_prologue(prologue, base)

    def find(self, group: Group, contexts: tuple[Context, ...]) -> Iterator[Call]:
        """Find the calls of a group, the last of the contexts, in the order of the query."""
        for at, element in enumerate(group.elements):
            here = (*contexts[:-1], replace(contexts[-1], at=at))
            if element.kind == "SERVICE":
                yield self._call(element, here)
                continue
            opener = (
                f"GRAPH {element.name.text}" if element.kind == "GRAPH" and element.name else ""
            )
            for inner in element.groups:
                kept = here if element.kind in _JOINED else ()
                yield from self.find(inner, (*kept, Context(element.kind, opener, inner, 0)))

    def _call(self, element: Element, contexts: tuple[Context, ...]) -> Call:
        inner = element.groups[0]
        columns = tuple(sorted(inner.binds))
        bound = frozenset().union(*(e.binds for c in contexts for e in c.before))
        return Call(
            element,
            self._endpoint(element),
            self._query[inner.start + 1 : inner.end - 1],
            columns,
            tuple(column for column in columns if column in bound),
            contexts,
        )

    def _endpoint(self, element: Element) -> str:
        token = element.name
        assert token is not None  # noqa: S101  a SERVICE has one
        if token.kind is Kind.VARIABLE:
            raise self._refused(
                token,
                "SERVICE names its endpoint by a variable, and this endpoint asks none that a "
                "query finds",
                "name the endpoint by its IRI",
            )
        iri = resolve(token, self._base, self._prefixes)
        if not iri:
            raise QueryError(
                f"'{token.text}' is no IRI of an endpoint",
                fix="write it in <...>, or declare its prefix",
                place=place_at(self._query, token.start),
                token=token.text,
            )
        origin = find_origin(iri)
        if not origin:
            raise self._refused(
                token,
                f"SERVICE names <{iri}>, which is no address of HTTP",
                "name an endpoint by its http or https address",
            )
        if origin not in self._origins:
            listed = ", ".join(self._origins)
            raise self._refused(
                token,
                f"SERVICE names the endpoint <{iri}>, whose origin {origin} the operator of this "
                f"one has not listed; listed are: {listed}",
                f"ask the operator to add {origin} to the setting service_origins, or federate "
                "from your side",
            )
        return iri

    def _refused(self, token: Token, what: str, fix: str) -> QueryRefused:
        place = place_at(self._query, token.start)
        return QueryRefused(what, fix=fix, place=place, token=token.text)


def _blank(text: str, calls: Sequence[Call]) -> str:
    for call in calls:
        start, end = call.element.start, call.element.end
        blank = "".join("\n" if c == "\n" else " " for c in text[start:end])
        text = text[:start] + blank + text[end:]
    return text


def _name_graphs(text: str, tokens: Sequence[Token]) -> str:
    for token, following in pairwise(tokens):
        if token.word == "SERVICE":
            text = text[: token.start] + "GRAPH  " + text[token.end :]
            if following.word == "SILENT":
                text = text[: following.start] + " " * 6 + text[following.end :]
    return text


def _check_found(query: str, tokens: Sequence[Token], calls: Sequence[Call]) -> None:
    """Refuse a SERVICE that stands where no call was found: in EXISTS."""
    for token in tokens:
        inside = any(call.element.start <= token.start < call.element.end for call in calls)
        if token.word == "SERVICE" and not inside:
            raise QueryRefused(
                "SERVICE inside EXISTS is not asked by this endpoint",
                fix="take it out of the expression: join it, or use MINUS",
                place=place_at(query, token.start),
                token=token.text,
            )


def _find_dataset(query: str, tokens: Sequence[Token], pattern: Group) -> str:
    """Give the FROM clauses of a query as they stand."""
    head = [token for token in tokens if token.start < pattern.start]
    parts = list[str]()
    for at, token in enumerate(head):
        if token.word == "FROM" and at + 1 < len(head):
            following = head[at + 1 : at + 3]
            named = len(following) > 1 and following[0].word == "NAMED"
            parts.append(query[token.start : [token, *following][2 if named else 1].end])
    return " ".join(parts)


def _kept(context: Context) -> Iterator[Element]:
    """Give the elements that bind, and the filters whose variables nothing later can bind.

    A filter of an OPTIONAL sees what stands outside of it, so that none of these is kept.
    """
    elements, later = context.group.elements, context.group.elements[context.at :]
    bound = frozenset[str]().union(*(e.mentions for e in context.before if e.kind != "FILTER"))
    open_still = frozenset[str]().union(*(e.mentions for e in later if e.kind != "FILTER"))
    for at, element in enumerate(elements):
        if element.kind != "FILTER":
            kept = at < context.at
        else:
            settled = element.mentions <= bound and not element.mentions & open_still
            kept = settled and context.kind != "OPTIONAL" and not element.tests
        if kept:
            yield element

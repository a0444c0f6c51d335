"""Every error that Entente raises on purpose.

EntenteError                     status 500, exit code 4
├── InputError                   400, 2   a file, a query or an argument is wrong
│   ├── UsageError               400, 2   an option or an argument does not fit
│   ├── VersionUnknown           404, 2   there never was such a version
│   │   └── VersionGone          410, 2   there was, and its files were removed
│   ├── DataError                400, 2   the graph's own files break a rule
│   ├── ShapeError               400, 2   a shape is malformed
│   └── QueryError               400, 2   a query is malformed or not allowed
│       ├── QueryRefused         403, 2   well-formed, but against the endpoint's rules
│       └── QueryTooCostly       400, 2   beyond a limit that is known before it runs
├── ViolationsFound              422, 1   the check ran and found violations
├── NothingChecked               422, 3   the check had nothing to check
├── InconsistentGraph            422, 1   the reasoner derived a contradiction
├── LimitExceeded                503, 4   a query reached a limit while it ran
│   ├── DeadlineExceeded         504, 4
│   ├── MemoryExceeded           507, 4
│   ├── AnswerTooLarge           507, 4
│   └── RecordsFull              507, 4   no other answer can be recorded
├── ServiceFailed                502, 4   an endpoint that a SERVICE names fails
│   └── ServiceTimeout           504, 4   it does not answer in time
├── ServiceLoop                  508, 4   a query with SERVICE came through too many endpoints
├── WorkerLost                   500, 4   a worker process ended without an answer
├── Busy                         503, 4   no worker was free in time, or another build runs
│   └── ClientBusy               429, 4   one client asks more at once than its share
├── SnapshotMissing              503, 2   nothing has been built yet
└── SnapshotCorrupt              503, 4   the files of a snapshot do not fit their manifest

A message says where, what, and what to do: `where: what; what to do`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file or in a query.

    Attributes:
        file: The file's name, or None in a query.
        line: The line, counted from 1, or None where only the file is known.
        column: The column in Unicode code points, counted from 1.
    """

    file: str | None = None
    line: int | None = None
    column: int | None = None

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.file, self.line, self.column) if part)


class EntenteError(Exception):
    """Say where, what, and what to do.

    Attributes:
        what: What is wrong, one clause without a full stop.
        fix: What to do about it, or an empty string.
        place: Where it is, or None.
    """

    status = 500
    exit_code = 4
    title = "Something went wrong"

    def __init__(self, what: str, *, fix: str = "", place: Place | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix
        self.place = place

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place and str(self.place) else ""
        return where + self.what + (f"; {self.fix}" if self.fix else "")


class InputError(EntenteError):
    """A file, a query or an argument is wrong."""

    status = 400
    exit_code = 2
    title = "The input is wrong"


class UsageError(InputError):
    """An option or an argument does not fit."""

    title = "The request does not fit"


class VersionUnknown(InputError):
    """There never was such a version of the data set."""

    status = 404
    title = "There is no such version"


class VersionGone(VersionUnknown):
    """There was such a version, and its files were removed."""

    status = 410
    title = "The version is kept no longer"


class DataError(InputError):
    """The graph's own files break a rule.

    Attributes:
        problems: Every problem found, each as one line; `what` is their summary.
    """

    title = "The data are wrong"

    def __init__(
        self,
        what: str,
        *,
        fix: str = "",
        place: Place | None = None,
        problems: Sequence[str] = (),
    ) -> None:
        super().__init__(what, fix=fix, place=place)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *(f"  {problem}" for problem in self.problems)])


class ShapeError(InputError):
    """A shape is malformed.

    Attributes:
        triple: The triple of the shapes graph that shows it, in terms of rdflib, or None.
    """

    title = "A shape is malformed"

    def __init__(
        self,
        what: str,
        *,
        fix: str = "",
        place: Place | None = None,
        triple: tuple[Any, Any, Any] | None = None,
    ) -> None:
        super().__init__(what, fix=fix, place=place)
        self.triple = triple


class QueryError(InputError):
    """A query is malformed.

    Attributes:
        token: The token at the place of the error, or an empty string.
    """

    title = "The query is malformed"

    def __init__(
        self, what: str, *, fix: str = "", place: Place | None = None, token: str = ""
    ) -> None:
        super().__init__(what, fix=fix, place=place)
        self.token = token


class QueryRefused(QueryError):
    """A query is well-formed, but against the endpoint's rules."""

    status = 403
    title = "The query is not allowed here"


class QueryTooCostly(QueryError):
    """A query is beyond a limit that is known before it runs."""

    title = "The query is beyond a limit"


class ViolationsFound(EntenteError):
    """A check ran and found violations."""

    status = 422
    exit_code = 1
    title = "The data violate their shapes"


class NothingChecked(EntenteError):
    """A check had nothing to check, so that its silence would mean nothing."""

    status = 422
    exit_code = 3
    title = "Nothing was checked"


class InconsistentGraph(EntenteError):
    """The reasoner derived a contradiction.

    Attributes:
        explanations: One line for each contradiction: rule, axiom, the claims behind it.
    """

    status = 422
    exit_code = 1
    title = "The graph contradicts its ontology"

    def __init__(self, what: str, *, fix: str = "", explanations: Sequence[str] = ()) -> None:
        super().__init__(what, fix=fix)
        self.explanations = tuple(explanations)

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *(f"  {line}" for line in self.explanations)])


class LimitExceeded(EntenteError):
    """A query reached a limit while it ran."""

    status = 503
    title = "The query reached a limit"


class DeadlineExceeded(LimitExceeded):
    """A query ran out of time."""

    status = 504
    title = "The query ran out of time"


class MemoryExceeded(LimitExceeded):
    """A query ran out of memory."""

    status = 507
    title = "The query ran out of memory"


class AnswerTooLarge(LimitExceeded):
    """An answer is larger than the endpoint gives out whole."""

    status = 507
    title = "The answer is too large"


class ServiceFailed(EntenteError):
    """An endpoint that a SERVICE names cannot be reached, or does not answer as it should."""

    status = 502
    title = "A remote endpoint failed"


class ServiceTimeout(ServiceFailed):
    """An endpoint that a SERVICE names did not answer in time."""

    status = 504
    title = "A remote endpoint did not answer in time"


class ServiceLoop(EntenteError):
    """A query with SERVICE came through as many endpoints as it may."""

    status = 508
    title = "Endpoints ask each other in a loop"


class RecordsFull(LimitExceeded):
    """No other answer can be recorded."""

    status = 507
    title = "There is no room for another answer"


class WorkerLost(EntenteError):
    """A worker process ended without an answer."""

    title = "The query ended its worker"


class Busy(EntenteError):
    """No worker was free in time, or another build holds the lock."""

    status = 503
    title = "Busy"


class ClientBusy(Busy):
    """One client asks more at once than its share."""

    status = 429
    title = "Too much at once"


class SnapshotMissing(EntenteError):
    """Nothing has been built yet."""

    status = 503
    exit_code = 2
    title = "There is no snapshot"


class SnapshotCorrupt(EntenteError):
    """The files of a snapshot do not fit their manifest."""

    status = 503
    title = "The snapshot is corrupt"

"""What a worker can do beside answering queries: proofs, comparisons, evidence.

The warm parent loads them by the name of their module, since they stand in a higher layer, and
before it forks, since a worker opens no file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module

import pyoxigraph as ox

from entente.errors import AnswerTooLarge, InputError, MemoryExceeded, QueryError
from entente.query.execute import Functions, Job

#: Does a job on a store.
Task = Callable[[ox.Store, Job], bytes]
#: Gives the functions that queries on a store may call beside SPARQL's own.
OpenFunctions = Callable[[ox.Store], Functions]


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a worker can do.

    Attributes:
        tasks: What it does in the place of answering a query, by name.
        open_functions: Gives what queries may call beside SPARQL's own functions.
    """

    tasks: Mapping[str, Task]
    open_functions: OpenFunctions


def load_abilities(tasks: str, texts: str, functions: str) -> Abilities:
    """Load the tasks of a module by its `open_tasks`, and functions by their `open_functions`.

    Args:
        tasks: The module of the tasks, or an empty string for none.
        texts: The folder of the texts, or an empty string.
        functions: The module of the functions, or an empty string for none.

    Raises:
        DataError: A file that they need is malformed.
    """
    opened: Mapping[str, Task] = import_module(tasks).open_tasks(texts) if tasks else {}
    opener: OpenFunctions = (
        import_module(functions).open_functions if functions else lambda _store: {}
    )
    return Abilities(opened, opener)


def run_task(tasks: Mapping[str, Task], store: ox.Store, job: Job) -> bytes:
    """Do a job's task, whole or not at all.

    Raises:
        AnswerTooLarge: The answer is larger than the job allows.
        MemoryExceeded: There is not enough memory for it.
        InputError: The data set in service has no such task, or the task refuses the job.
    """
    if job.task not in tasks:
        raise InputError(f"these data have no {job.task}", fix="serve the graph of Entente")
    try:
        answer = tasks[job.task](store, job)
    except MemoryError:
        raise MemoryExceeded("it needs more memory than it may take") from None
    except (RuntimeError, OSError) as error:
        raise QueryError(
            f"it cannot be evaluated: {error}", fix="use SPARQL's own functions"
        ) from None
    if len(answer) > job.max_answer_bytes:
        raise AnswerTooLarge(
            f"the answer is larger than {job.max_answer_bytes} bytes", fix="ask for fewer rows"
        )
    return answer

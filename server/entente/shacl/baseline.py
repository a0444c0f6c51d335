"""A baseline: the results that a team knows of, so that a check fails on new ones only."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from rdflib import BNode
from rdflib.term import Node

from entente.bridge import from_rdflib
from entente.errors import InputError, Place
from entente.shacl.model import Result

_Key = tuple[str, str, str, str]
_VERSION = 1


def key_of(result: Result) -> _Key:
    """Return shape, focus, path and value; nodes without a name are all alike."""
    focus, value = (_write(term) for term in (result.focus_term, result.value_term))
    return result.shape, focus, result.path, value


def fingerprint(result: Result) -> str:
    """Return the SHA-256 of a result's key."""
    return hashlib.sha256("\n".join(key_of(result)).encode()).hexdigest()


def write_baseline(results: Iterable[Result], path: Path) -> int:
    """Write a baseline file, and return how many results it holds.

    Raises:
        InputError: The file cannot be written.
    """
    counts = Counter(key_of(result) for result in results)
    names = ("shape", "focus", "path", "value")
    listed = [dict(zip(names, key, strict=True)) | {"count": counts[key]} for key in sorted(counts)]
    content = json.dumps({"version": _VERSION, "results": listed}, indent=2, ensure_ascii=False)
    try:
        path.write_text(content + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"cannot be written: {error.strerror}", fix="name another file", place=Place(str(path))
        ) from error
    return counts.total()


def read_baseline(path: Path) -> Counter[_Key]:
    """Read how often each key is known.

    Raises:
        InputError: The file cannot be read or is no baseline.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["version"] != _VERSION:
            raise ValueError("another version")
        return Counter(
            {
                (one["shape"], one["focus"], one["path"], one["value"]): int(one["count"])
                for one in content["results"]
            }
        )
    except OSError as error:
        raise InputError(
            f"cannot be read: {error.strerror}", fix="add --update-baseline", place=Place(str(path))
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(
            "this is no baseline",
            fix="write it anew with --update-baseline",
            place=Place(str(path)),
        ) from error


def keep_new(results: Iterable[Result], known: Counter[_Key]) -> list[Result]:
    """Return the results beyond those that a baseline knows, in their order."""
    left = Counter(known)
    new = []
    for result in results:
        key = key_of(result)
        if left[key] > 0:
            left[key] -= 1
        else:
            new.append(result)
    return new


def _write(node: Node | None) -> str:
    if node is None:
        return ""
    return "[]" if isinstance(node, BNode) else str(from_rdflib(node))

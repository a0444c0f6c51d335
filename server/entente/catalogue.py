"""The catalogue of queries: each `.rq` file with its summary, its tags and its text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from entente import vocab
from entente.errors import DataError, Place

#: The folders of queries/ whose files people ask; rules are for the pipeline.
ASKED = ("competency", "reports", "federation")
_HEADER = re.compile(r"#\+ (\w+): ?(.*)")
_FORM = re.compile(r"^\s*(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class CatalogueQuery:
    """One query of the catalogue.

    Attributes:
        name: The file's stem; names are unique over all folders.
        folder: The folder below queries/, such as `competency`.
        summary: The question that it answers, one sentence.
        tags: What it is filed under.
        endpoints: Addresses that it asks beside ours, for a federated query.
        form: SELECT, ASK, CONSTRUCT or DESCRIBE.
        text: The whole file.
    """

    name: str
    folder: str
    summary: str
    tags: tuple[str, ...]
    endpoints: tuple[str, ...]
    form: str
    text: str

    @property
    def iri(self) -> str:
        """The query's IRI."""
        return vocab.QUERY + self.name


def read_query(path: Path) -> CatalogueQuery:
    """Read a query file.

    Raises:
        DataError: The header has no summary, or the query has no form.
    """
    text = path.read_text(encoding="utf-8")
    header: dict[str, str] = {}
    for line in text.splitlines():
        match = _HEADER.fullmatch(line)
        if not match:
            break
        header[match[1]] = match[2].strip()
    form = _FORM.search(text)
    if "summary" not in header or not form:
        raise DataError(
            "a query opens with `#+ summary:` and has a form",
            fix="add the question that it answers",
            place=Place(str(path)),
        )
    return CatalogueQuery(
        name=path.stem,
        folder=path.parent.name,
        summary=header["summary"],
        tags=_split(header.get("tags", "")),
        endpoints=_split(header.get("endpoint", "")),
        form=form[1].upper(),
        text=text,
    )


def _split(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(",") if part.strip())


def read_catalogue(queries: Path) -> Iterator[CatalogueQuery]:
    """Read every query that people ask, by folder and name.

    Args:
        queries: The folder queries/.

    Raises:
        DataError: A file has no summary, or two files have one name.
    """
    seen: dict[str, Path] = {}
    for folder in ASKED:
        for path in sorted((queries / folder).glob("*.rq")):
            if path.stem in seen:
                raise DataError(
                    f"{seen[path.stem]} has that name too", fix="rename one", place=Place(str(path))
                )
            seen[path.stem] = path
            yield read_query(path)

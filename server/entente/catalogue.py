"""The catalogue of queries: each `.rq` file with its summary, its tags and its text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from entente import vocab
from entente.errors import DataError, Place

#: The folders of queries/ whose files people ask; rules are for the pipeline.
ASKED = ("competency", "reports", "pictures", "federation")
_HEADER = re.compile(r"#\+ (\w+): ?(.*)")
_PARAMETER = re.compile(r"(?P<name>[a-z][A-Za-z]*) (?P<type>\w+:\w+) (?P<description>\S.*)")
_FORM = re.compile(r"^\s*(SELECT|ASK|CONSTRUCT|DESCRIBE)\b", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a query lets its asker choose: `#+ param: state ent:State whose entry is asked about`.

    Its text binds the parameter to one term, `VALUES ?state { id:japan }`.

    Attributes:
        name: The name of the parameter and of the variable.
        type_iri: A class of ours or of OWL, or a datatype of XSD.
        description: What it stands for.
        default: What the text binds it to: a name with its prefix, or a literal's text.
    """

    name: str
    type_iri: str
    description: str
    default: str

    @property
    def block(self) -> re.Pattern[str]:
        """Find the block of the text that binds it."""
        return _find_block(self.name)

    @property
    def is_literal(self) -> bool:
        """Say whether it takes a literal, and not the name of a thing."""
        return self.type_iri.startswith(vocab.XSD)


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
        parameters: What its asker may choose, in the order of the head.
    """

    name: str
    folder: str
    summary: str
    tags: tuple[str, ...]
    endpoints: tuple[str, ...]
    form: str
    text: str
    parameters: tuple[Parameter, ...] = ()

    @property
    def iri(self) -> str:
        """The query's IRI."""
        return vocab.QUERY + self.name


def read_query(path: Path) -> CatalogueQuery:
    """Read a query file.

    Raises:
        DataError: The header has no summary, the query has no form, or does not bind a parameter.
    """
    text = path.read_text(encoding="utf-8")
    header: dict[str, str] = {}
    parameters: list[str] = []
    for line in text.splitlines():
        match = _HEADER.fullmatch(line)
        if not match:
            break
        if match[1] == "param":
            parameters.append(match[2].strip())
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
        parameters=tuple(_read_parameter(line, text, path) for line in parameters),
    )


def _read_parameter(line: str, text: str, path: Path) -> Parameter:
    """Read a line of the head, and its default from the text."""
    read = _PARAMETER.fullmatch(line)
    blocks = list(_find_block(read["name"]).finditer(text)) if read else []
    type_iri = vocab.expand(read["type"]) if read else None
    if not read or type_iri is None or len(blocks) != 1:
        raise DataError(
            f"#+ param: {line}: not a name, a type and a description of what the text binds once",
            fix="write `#+ param: state ent:State the state that is asked about`, "
            "and in the query `VALUES ?state { id:japan }`",
            place=Place(str(path)),
        )
    default = blocks[0]["term"]
    if default.startswith('"'):
        default = default[1:].partition('"')[0]
    return Parameter(read["name"], type_iri, read["description"], default)


def _find_block(name: str) -> re.Pattern[str]:
    return re.compile(rf"VALUES \?{name} \{{ (?P<term>\"[^\"]*\"\S*|[^\s\"{{}}]+) \}}")


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

"""A report as annotations of GitHub Actions.

Source: https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from entente.shacl.model import Report, Result
from entente.shacl.reports.text import shorten, show_term, write_summary

_COMMANDS = ("error", "warning", "notice")


def write_github(report: Report) -> str:
    """Write one workflow command a result, then what was checked."""
    lines = [*(_write(result) for result in report.results), *write_summary(report)]
    return "\n".join(lines) + "\n"


def _write(result: Result) -> str:
    place = result.place
    properties = {
        "file": place.file if place else None,
        "line": place.line if place else None,
        "col": place.column if place else None,
        "title": shorten(result.shape),
    }
    listed = ",".join(f"{name}={_escape(str(v), ':,')}" for name, v in properties.items() if v)
    text = f"{show_term(result.focus_term)}: {result.message}"
    text += f"; {result.mend}" if result.mend else ""
    return f"::{_COMMANDS[result.rank]} {listed}::{_escape(text)}"


def _escape(text: str, others: str = "") -> str:
    for char in "%\r\n" + others:
        text = text.replace(char, f"%{ord(char):02X}")
    return text

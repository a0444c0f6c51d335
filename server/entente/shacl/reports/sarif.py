"""A report as SARIF 2.1.0, which code hosts show beside the lines.

Source: https://docs.oasis-open.org/sarif/sarif/v2.1.0/
"""

from __future__ import annotations

import json
from urllib.parse import quote

from entente import __version__
from entente.shacl.baseline import fingerprint
from entente.shacl.model import Report, Result

_LEVELS = ("error", "warning", "note")


def write_sarif(report: Report) -> str:
    """Write a log of one run: a rule for each shape, a result for each result."""
    names = {one.shape: one.name for one in report.checked}
    shapes = sorted({*names, *(result.shape for result in report.results)})
    rules = [_write_rule(shape, names.get(shape, "")) for shape in shapes]
    driver = {"name": "entente", "version": __version__, "rules": rules}
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_write_result(result, shapes.index(result.shape)) for result in report.results],
    }
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _write_rule(shape: str, name: str) -> dict[str, object]:
    return {"id": shape or "unnamed", "shortDescription": {"text": name or shape or "unnamed"}}


def _write_result(result: Result, rule: int) -> dict[str, object]:
    text = result.message + (f"; {result.mend}" if result.mend else "")
    return {
        "ruleId": result.shape or "unnamed",
        "ruleIndex": rule,
        "level": _LEVELS[result.rank],
        "message": {"text": text or "the node does not conform"},
        "locations": [_write_location(result)],
        "partialFingerprints": {"entente/v1": fingerprint(result)},
        "properties": {
            "focus": result.focus,
            "path": result.path,
            "value": result.value,
            "component": result.component,
            "inferred": list(result.inferred),
        },
    }


def _write_location(result: Result) -> dict[str, object]:
    location: dict[str, object] = {
        "logicalLocations": [{"fullyQualifiedName": result.focus or "[]", "kind": "resource"}]
    }
    place = result.place
    if place and place.file:
        physical: dict[str, object] = {"artifactLocation": {"uri": quote(place.file)}}
        if place.line:
            physical["region"] = {"startLine": place.line, "startColumn": place.column or 1}
        location["physicalLocation"] = physical
    return location

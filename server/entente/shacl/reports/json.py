"""A report as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

from entente.shacl.model import Report, Result


def write_json(report: Report) -> str:
    """Write everything that a report holds."""
    content = {
        "conforms": report.conforms,
        "shapes": report.shapes,
        "focus_nodes": report.focus_nodes,
        "unmatched": list(report.unmatched),
        "seconds": round(report.seconds, 3),
        "engine": report.engine,
        "uncompiled": [{"shape": shape, "why": why} for shape, why in report.uncompiled],
        "checked": [
            {
                "shape": one.shape,
                "name": one.name,
                "focus_nodes": one.focus_nodes,
                "optional": one.optional,
            }
            for one in report.checked
        ],
        "results": [_write_result(result) for result in report.results],
    }
    if report.exercised:
        content["coverage"] = [asdict(one) for one in report.exercised]
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _write_result(result: Result) -> dict[str, object]:
    place = result.place
    return {
        "focus": result.focus,
        "path": result.path,
        "value": result.value,
        "message": result.message,
        "mend": result.mend,
        "severity": result.severity,
        "shape": result.shape,
        "component": result.component,
        "inferred": list(result.inferred),
        "file": place.file if place else None,
        "line": place.line if place else None,
        "column": place.column if place else None,
    }

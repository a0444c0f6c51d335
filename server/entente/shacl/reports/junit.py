"""A report as JUnit XML: each shape is a test case."""

from __future__ import annotations

import re
from collections import defaultdict
from xml.etree import ElementTree as ET

from entente.shacl.model import Report, Result
from entente.shacl.reports.text import shorten, write_result

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_junit(report: Report) -> str:
    """Write one test suite; the violations of a shape are one failure, the rest is output."""
    found: dict[str, list[Result]] = defaultdict(list)
    for result in report.results:
        found[result.shape].append(result)
    shapes = sorted({*found, *(one.shape for one in report.checked)})
    failed = sum(any(not one.rank for one in found[shape]) for shape in shapes)
    suite = ET.Element(
        "testsuite",
        name="shacl",
        tests=str(len(shapes)),
        failures=str(failed),
        errors="0",
        time=f"{report.seconds:.3f}",
    )
    for shape in shapes:
        _add_case(suite, shape, found[shape])
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _add_case(suite: ET.Element, shape: str, results: list[Result]) -> None:
    """Add a test case; the suite is changed in place."""
    case = ET.SubElement(suite, "testcase", classname="shacl", name=shorten(shape))
    violations = [result for result in results if not result.rank]
    if violations:
        message = _clean(violations[0].message)
        failure = ET.SubElement(case, "failure", type="Violation", message=message)
        failure.text = _clean("\n".join(map(write_result, violations)))
    others = [result for result in results if result.rank]
    if others:
        ET.SubElement(case, "system-out").text = _clean("\n".join(map(write_result, others)))


def _clean(text: str) -> str:
    """Put a mark in the place of what XML cannot hold."""
    return _ILLEGAL.sub("�", text)

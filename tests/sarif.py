"""Check SARIF files against the published schema: `python tests/sarif.py FILE...`."""

import json
import sys
from pathlib import Path

import jsonschema

SCHEMA = Path(__file__).parent / "shacl" / "sarif-schema-2.1.0.json"


def check_sarif(text):
    """Raise jsonschema.ValidationError where a log is not as the schema says."""
    schema = json.loads(SCHEMA.read_text("utf-8"))
    checker = jsonschema.Draft4Validator.FORMAT_CHECKER
    jsonschema.Draft4Validator(schema, format_checker=checker).validate(json.loads(text))


if __name__ == "__main__":
    for name in sys.argv[1:]:
        check_sarif(Path(name).read_text("utf-8"))

"""The JSON Schema that ships with the package, ready to judge."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import jsonschema

from verifier.layout.finding import Report
from verifier.reports import json_format

SCHEMA = json.loads(files("verifier.reports").joinpath("schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def valid(report: Report) -> Report:
    """The report, if its JSON form follows the schema."""
    VALIDATOR.validate(json.loads(json_format.render(report)))
    return report


def valid_document(document: dict[str, Any]) -> None:
    """Raises jsonschema.ValidationError for what does not follow the schema."""
    VALIDATOR.validate(document)

"""JUnit XML: a suite for each layout, a case for each property; read by Jenkins, GitLab and others."""

from __future__ import annotations

from itertools import chain
from xml.etree import ElementTree

from verifier.layout.errors import InputError
from verifier.layout.sheet import Part, Row, Sheet
from verifier.layout.units import plural

_ELEMENTS = {
    "refuted": "failure",
    "unknown": "error",
    "waived": "skipped",
    "not-applicable": "skipped",
    "advice": "skipped",
}
"""What a case has in it that does not simply pass."""
_RANKED = ("refuted", "unknown", "waived", "proved", "not-applicable")
_COUNTS = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def render(sheet: Sheet) -> str:
    """Refuted is a failure, unknown an error; what is waived, not applicable or only advised is skipped."""
    root = ElementTree.Element("testsuites", name=f"verifier {sheet.command} {sheet.subject}")
    for part in sheet.parts:
        _suite(root, sheet, part)
    return _text(root)


def render_error(command: str, fault: InputError) -> str:
    """One case with an error: the input could not be read."""
    root = ElementTree.Element("testsuites", name=f"verifier {command}")
    suite = ElementTree.SubElement(root, "testsuite", name=fault.file or command)
    case = ElementTree.SubElement(suite, "testcase", classname=f"verifier.{command}", name="input")
    place = {} if fault.line is None else {"line": str(fault.line)}
    case.attrib.update(({} if fault.file is None else {"file": fault.file}) | place)
    ElementTree.SubElement(case, "error", type="unreadable", message=fault.message).text = str(fault)
    _count(suite)
    return _text(root)


def _text(root: ElementTree.Element) -> str:
    _count(root)
    ElementTree.indent(root)
    head = '<?xml version="1.0" encoding="UTF-8"?>'
    return f"{head}\n{ElementTree.tostring(root, encoding='unicode')}\n"


def _count(element: ElementTree.Element) -> None:
    cases = list(element.iter("testcase"))
    element.set("tests", str(len(cases)))
    for name, tag in _COUNTS.items():
        element.set(name, str(sum(case.find(tag) is not None for case in cases)))


def _suite(root: ElementTree.Element, sheet: Sheet, part: Part) -> None:
    suite = ElementTree.SubElement(root, "testsuite", name=part.context or sheet.subject)
    properties = ElementTree.SubElement(suite, "properties")
    told = [("verdict", part.verdict), ("headline", part.headline)]
    assumed = [(f"assumption {each.id}", f"{each.statement} ({each.source})") for each in sheet.assumptions]
    for name, value in (*told, *assumed):
        ElementTree.SubElement(properties, "property", name=name, value=value)
    groups: dict[str, list[Row]] = {}
    for row in part.rows:
        groups.setdefault(row.topic, []).append(row)
    for topic, rows in groups.items():
        _case(suite, f"verifier.{sheet.command}", topic, rows)
    if part.notes:
        ElementTree.SubElement(suite, "system-out").text = "\n".join(part.notes)
    _count(suite)


def _case(suite: ElementTree.Element, classname: str, topic: str, rows: list[Row]) -> None:
    """All that is said of one property in one case; the worst of it comes first."""
    verdict = _verdict(rows)
    telling = [row for row in rows if row.verdict == verdict and not row.advises] or rows
    case = ElementTree.SubElement(suite, "testcase", classname=classname, name=topic)
    place = telling[0].place
    if place is not None and place.named:
        case.set("file", place.file)
        if place.line is not None:
            case.set("line", str(place.line))
    text = "\n".join(chain.from_iterable(_lines(row) for row in rows))
    if verdict == "proved":
        ElementTree.SubElement(case, "system-out").text = text
        return
    count = len(telling) - 1
    more = f" (and {count} more {plural(count, 'finding')})" if count else ""
    said = {"type": verdict, "message": f"{verdict}: {telling[0].message}{more}"}
    ElementTree.SubElement(case, _ELEMENTS[verdict], said).text = text


def _verdict(rows: list[Row]) -> str:
    """The worst of a property's verdicts; what is only advised fails nothing, and is not proved either."""
    found = {row.verdict for row in rows if not row.advises}
    if not found:
        return "proved" if all(row.verdict == "proved" for row in rows) else "advice"
    return next(each for each in _RANKED if each in found)


def _lines(row: Row) -> list[str]:
    place = f"{row.place}: " if row.place is not None else ""
    advice = " (advice)" if row.advises else ""
    return [f"{place}{row.verdict}{advice}: {row.message}", *(f"  {line}" for line in row.lines)]

"""JUnit's XML, as a reader of it sees it."""

from __future__ import annotations

import pytest
from junitparser import Failure, JUnitXml, TestCase, TestSuite

from jeroboam.diagnostics import Diagnostic, Position, Severity, Span
from jeroboam.diagnostics.junit import junit

AT = Span("a.yaml", Position(3, 5), Position(3, 9))
ERROR = Diagnostic("JB0201", Severity.ERROR, "unknown property 'x'", "/x", "did you mean 'y'?", AT)
NOTE = Diagnostic("JB0326", Severity.NOTE, "the API is closed", "/api", None, AT)


def suites(text: str) -> list[TestSuite]:
    read = JUnitXml.fromstring(text.encode())
    assert isinstance(read, JUnitXml)
    found = list(read)
    for suite in found:
        passed = [case.is_passed for case in suite]
        assert (suite.tests, suite.failures) == (len(passed), passed.count(False))
    assert read.tests == sum(suite.tests or 0 for suite in found)
    assert read.failures == sum(suite.failures or 0 for suite in found)
    return found


def test_errors_fail_and_the_rest_passes() -> None:
    broken, valid = suites(junit([("a.yaml", [ERROR, NOTE]), ("b.yaml", [NOTE])]))
    assert [(case.name, case.is_passed) for case in broken] == [
        ("JB0201: unknown property 'x'", False),
        ("JB0326: the API is closed", True),
    ]
    assert [(case.name, case.is_passed) for case in valid] == [
        ("has no errors", True),
        ("JB0326: the API is closed", True),
    ]
    case = next(iter(broken))
    assert isinstance(case, TestCase)
    assert case.classname == "a.yaml"
    (failure,) = case.result
    assert isinstance(failure, Failure)
    assert (failure.type, failure.message) == ("JB0201", "unknown property 'x'")
    assert failure.text == "a.yaml:3:5: error[JB0201]: unknown property 'x'\nat /x\nhelp: did you mean 'y'?"


@pytest.mark.parametrize("text", ["<&>\"']]>", "\x00\x1b[31m\r\n", "\ufffe\uffff", "\udc80", "集群 😀"])
def test_any_text_is_xml(text: str) -> None:
    found = Diagnostic("JB0201", Severity.ERROR, text, text, text, Span(text, Position(1, 1), Position(1, 1)))
    (suite,) = suites(junit([(text, [found])]))
    (case,) = suite
    assert isinstance(case, TestCase)
    assert not any(char in (case.name or "") for char in "\x00\x1b\r\n\ufffe\uffff\udc80")
    if text.isprintable() and text.encode("utf-8", "replace").decode() == text and "\ufffe" not in text:
        assert (case.name, suite.name) == (f"JB0201: {text}", text)

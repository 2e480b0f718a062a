"""The labelled corpus: each line that numbers a row says so, and every other line stays silent.

A label stands on the line where the call begins: ``# -> outside: view without atomic()`` (or
``inside``, or ``unknown``), with the reason, lines and the way to a caller aside. ``# by hand``
stands where the next number is computed.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gapless_fields.callsites import Options, Target, find_callsites

CORPUS = Path(__file__).parent / "corpus"
LABEL = re.compile(r"# -> ((?:inside|outside|unknown): .*\S)")
BY_HAND = re.compile(r"# by hand")
MODELS = re.compile(r"# numbered: (.*)")


def labels(project, pattern=LABEL):
    return {
        (path.relative_to(project).as_posix(), line): label[label.re.groups]
        for path in sorted(project.rglob("*.py"))
        for line, text in enumerate(path.read_text().splitlines(), 1)
        if (label := pattern.search(text))
    }


def shown(finding):
    """The verdict and the reason, without what changes whenever a line is added."""
    because = re.sub(r" in line \d+", "", finding.because)
    because = re.sub(r": (\S+:\d+ → )+.*\)", "", because)
    return f"{finding.verdict}: {because}"


def targets(project):
    for path in sorted(project.rglob("*.py")):
        if found := MODELS.search(path.read_text()):
            return [Target(path) for path in found[1].split()]
    raise AssertionError(project)


@pytest.mark.parametrize("project", sorted(CORPUS.iterdir()), ids=lambda project: project.name)
def test_corpus(project):
    options = Options(
        atomic_requests=frozenset({"default"} if "atomic_requests" in project.name else ())
    )
    report = find_callsites([project], targets(project), options)
    assert not report.missing
    assert not report.notes
    found = {(finding.path, finding.line): shown(finding) for finding in report.callsites}
    calls = [(one.path, one.line, one.call, one.target) for one in report.callsites]
    assert len(calls) == len(set(calls))
    expected = labels(project)
    differences = [
        f"{path}:{line}: labelled {expected.get((path, line))}, found {found.get((path, line))}"
        for path, line in sorted(expected.keys() | found.keys())
        if expected.get((path, line)) != found.get((path, line))
    ]
    assert not differences, "\n".join(differences)
    by_hand = {(found.path, found.line) for found in report.findings if found.kind == "by hand"}
    assert by_hand == labels(project, BY_HAND).keys()

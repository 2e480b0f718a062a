"""The answer: every site with its verdict, the reason, and what the project says about it."""

from __future__ import annotations

import gc
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from gapless_fields.callsites.engine.summaries import Site
from gapless_fields.callsites.files.sources import Sources
from gapless_fields.callsites.judging.judge import Judge
from gapless_fields.callsites.judging.places import place_of
from gapless_fields.callsites.judging.verdicts import OUTSIDE, UNKNOWN, Verdict
from gapless_fields.callsites.rules.project import Project
from gapless_fields.callsites.search.scan import Scan
from gapless_fields.callsites.targets import Options, Target

NUMBERING = frozenset({"insert", "update", "take"})
"""The kinds of calls that number rows or take a number."""

MOST_FRAMES = 3_000
"""Functions are read while others are that call them: a hundred deep, at a dozen frames each.

At Python's own limit, 1,000, what 20 functions of a project of 100,000 lines return stayed unknown.
"""

_WITHOUT = {"rewrite": "an UPDATE", "by hand": "a number that is computed"}
"""What is told of those that have no verdict."""

_ACCEPTED = re.compile(r"#\s*gapless:\s*ok\b:?\s*(?P<reason>.*)")


@dataclass(frozen=True)
class Finding:
    """A call that numbers rows (``insert``) or a draft (``update``), takes a number (``take``),
    inserts with ``ON CONFLICT`` (``conflicts``), writes over columns by an UPDATE (``rewrite``) or
    computes the next number (``by hand``).

    ``line`` is where the call's expression begins, counted from 1. ``accepted`` is the reason in
    a comment ``# gapless: ok: reason`` on that line, empty where the comment gives none, and None
    where there is no comment. ``target`` is the model as it was asked for, ``using`` the database
    that the call names. ``columns`` are those that a ``rewrite`` names, the field of a number
    ``by hand``, which have no verdict, or those by which an ``update`` issues a draft. ``place`` is
    one of those in ``places``, for the advice on what to do.
    """

    path: str
    line: int
    model: str | None
    call: str
    verdict: str
    because: str
    kind: str = "insert"
    accepted: str | None = None
    target: Target | None = None
    using: str | None = None
    columns: tuple[str, ...] = ()
    place: str = ""

    def as_dict(self) -> dict[str, str | int | None]:
        """What the listings show."""
        because = self.because
        if self.accepted:
            because = f"{because}; accepted: {self.accepted}"
        return {
            "path": self.path,
            "line": self.line,
            "model": self.model,
            "call": self.call,
            "verdict": self.verdict,
            "because": because,
        }


@dataclass(frozen=True)
class Report:
    """All findings, in the order of files and lines."""

    findings: list[Finding] = field(default_factory=list)
    missing: list[Target] = field(default_factory=list)
    """Models that were asked for and not found."""
    notes: list[tuple[str, str]] = field(default_factory=list)
    """Files that were skipped, each with the reason."""

    @property
    def callsites(self) -> list[Finding]:
        """Those that number rows or take a number."""
        return [finding for finding in self.findings if finding.kind in NUMBERING]


def find_callsites(
    paths: Iterable[str | Path],
    targets: Sequence[Target],
    options: Options | None = None,
    *,
    base: str | Path | None = None,
) -> Report:
    """Find the calls that number rows, and decide which of them are inside ``atomic()``.

    Args:
        paths: directories and files to read.
        targets: the numbered models; their subclasses are found by themselves. None: nothing is
            read.
        options: what the source does not say.
        base: the directory that paths in the report are relative to; None: the first of
            ``paths``.
    """
    if not targets:
        return Report()
    # Trees of syntax are many objects and no garbage: to walk over them again and again in search
    # of some took a fifth of the time (137 files of a project of 124,000 lines: 4.3 s, not 3.4).
    collecting, limit = gc.isenabled(), sys.getrecursionlimit()
    gc.disable()
    sys.setrecursionlimit(max(limit, MOST_FRAMES))
    try:
        project = Project(Sources(paths, base), targets, options or Options())
        sites, missing = Scan(project).run()
        judge = Judge(project)
        judge.prepare(site for site in sites if site.has_verdict)
        # of an abstract model and of those that inherit it, the same line is one
        found = [_finding(site, project, judge) for site in sites]
        findings = list({_place(finding): finding for finding in reversed(found)}.values())
        findings = _once_a_save(findings)
    finally:
        sys.setrecursionlimit(limit)
        if collecting:
            gc.enable()
    findings.sort(key=lambda finding: (finding.path, finding.line, finding.kind))
    notes = [(project.sources.relative(path), why) for path, why in project.sources.notes]
    return Report(findings, missing, sorted(notes))


def _place(finding: Finding) -> Finding:
    """What tells two findings apart: all but which of a target's models it is."""
    return replace(finding, model=None)


def _once_a_save(findings: list[Finding]) -> list[Finding]:
    """Keep one finding of a ``save()`` that inserts or issues a draft: one outside, if any."""

    def call(finding: Finding) -> tuple[object, ...]:
        return finding.path, finding.line, finding.call, finding.target

    inserts = {call(one): one.verdict for one in findings if one.kind == "insert"}
    updates = {call(one): one.verdict for one in findings if one.kind == "update"}
    both = inserts.keys() & updates.keys()
    worse = {one for one in both if updates[one] == OUTSIDE != inserts[one]}
    left_out = {(one, "insert" if one in worse else "update") for one in both}
    return [one for one in findings if (call(one), one.kind) not in left_out]


def _finding(site: Site, project: Project, judge: Judge) -> Finding:
    verdict = judge.judge(site) if site.has_verdict else Verdict(UNKNOWN, _WITHOUT[site.kind])
    source = site.module.source
    comment = _ACCEPTED.search(source.between(site.line, site.line).decode("utf-8", "replace"))
    return Finding(
        source.relative,
        site.line,
        project.models.path_of(site.model) if site.model is not None else None,
        site.call,
        verdict.verdict,
        verdict.because,
        site.kind,
        comment["reason"].strip() if comment else None,
        project.models.target_of(site.model) if site.model is not None else None,
        judge.alias(site),
        site.columns,
        place_of(project, site),
    )

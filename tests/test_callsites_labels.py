"""Real projects, labelled by reading them: how many sites are found, and judged as a reader would.

The labels are in ``tests/labels``, a file for each source distribution: the models, whether its
settings say ``ATOMIC_REQUESTS``, then the path, line and verdict of each site.
``GAPLESS_LABELLED_PROJECTS`` is the directory where those that are to be read have been unpacked.
A file in a syntax that the running Python does not know is passed over, and so are its sites.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from gapless_fields.callsites import Options, Target, find_callsites

LABELS = Path(__file__).parent / "labels"
VARIABLE = "GAPLESS_LABELLED_PROJECTS"
SITE = re.compile(r"(?P<path>.*):(?P<line>\d+) (?P<verdict>inside|outside|unknown)")

FOUND, RIGHT, WARNED = 0.90, 0.95, 0.85
"""Of the sites, of the warnings, and of the sites outside: the shares that users may expect."""


class Counts(NamedTuple):
    sites: int
    found: int
    warnings: int
    right: int
    outside: int
    warned: int


def labels(file):
    models, sites, atomic_requests = [], {}, False
    for line in file.read_text().splitlines():
        if line.startswith("# "):
            models.append(line.removeprefix("# "))
        elif line == "! ATOMIC_REQUESTS":
            atomic_requests = True
        else:
            site = SITE.fullmatch(line)
            assert site is not None, f"{file.name}: {line}"
            sites[site["path"], int(site["line"])] = site["verdict"]
    return models, sites, atomic_requests


def counts(file, project):
    models, labelled, atomic_requests = labels(file)
    options = Options(atomic_requests=frozenset({"default"} if atomic_requests else ()))
    report = find_callsites([project], [Target(model) for model in models], options)
    assert not report.missing
    unread = {path for path, _ in report.notes}
    labelled = {site: verdict for site, verdict in labelled.items() if site[0] not in unread}
    found = {}
    for finding in report.callsites:  # of several models, the one that is outside is warned about
        site = finding.path, finding.line
        if found.get(site) != "outside":
            found[site] = finding.verdict
    for path, line in sorted(labelled.keys() | found.keys()):
        verdicts = labelled.get((path, line)), found.get((path, line))
        if verdicts[0] != verdicts[1]:
            print(f"{path}:{line}: labelled {verdicts[0]}, found {verdicts[1]}")
    outside = {site for site, verdict in labelled.items() if verdict == "outside"}
    warnings = {site for site, verdict in found.items() if verdict == "outside"}
    return Counts(
        len(labelled),
        len(labelled.keys() & found.keys()),
        len(warnings),
        len(warnings & outside),
        len(outside),
        len(outside & warnings),
    )


def test_labels_can_be_read():
    for file in LABELS.iterdir():
        models, sites, _ = labels(file)
        assert models, file
        assert sites, file


def test_real_projects():
    folder = os.environ.get(VARIABLE)
    if not folder:
        pytest.skip(f"{VARIABLE} does not name the directory of the labelled projects")
    files = [file for file in sorted(LABELS.iterdir()) if (Path(folder) / file.stem).is_dir()]
    if not files:
        pytest.skip(f"none of the labelled projects is in {folder}")
    each = [counts(file, Path(folder) / file.stem) for file in files]
    total = Counts(*(sum(column) for column in zip(*each, strict=True)))
    print(len(files), "projects:", total)
    assert total.found >= FOUND * total.sites
    assert total.right >= RIGHT * total.warnings
    assert total.warned >= WARNED * total.outside

"""The documentation: its links lead somewhere, and its code can be copied."""

from __future__ import annotations

import ast
import builtins
import re
import textwrap
import tomllib
from pathlib import Path

import pytest

import gapless_fields
from tests.doc_blocks import DOCS

ROOT = DOCS.parent
HOWTO = sorted(DOCS.glob("howto/*.md"))
PAGES = [*DOCS.glob("*.md"), *HOWTO, *ROOT.glob("*.md")]
SECTIONS = [
    (page, *part.split("\n", 1))
    for page in HOWTO
    for part in re.split(r"^## ", page.read_text(), flags=re.MULTILINE)[1:]
]


def headings(page: Path) -> list[str]:
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"^#+ (.*)$", text, re.MULTILINE)


def anchor(heading: str) -> str:
    """Return the anchor of a heading, as GitHub and MyST make it."""
    shown = re.sub(r"\[(.*?)\]\(.*?\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_a_page_and_a_heading(page):
    text = re.sub(r"`[^`\n]+`", "code", page.read_text())
    for target, fragment in re.findall(r"\]\(([^)#:\s]*)(?:#([^)\s]*))?\)", text):
        other = (page.parent / target) if target else page
        assert other.exists(), f"{page.name}: no page {target}"
        if fragment:
            assert fragment in map(anchor, headings(other)), f"{page.name}: {target}#{fragment}"


def test_the_index_has_a_line_for_each_task():
    """So an old link to a section of howto.md leads there, too."""
    index = headings(DOCS / "howto.md")
    for page in HOWTO:
        for heading in headings(page)[1:]:
            link = f"[{heading}](howto/{page.name}#{anchor(heading)})"
            assert link in index


def code(text: str) -> list[ast.Module]:
    blocks = re.findall(r"^( *)```python\n(.*?)^\1```$", text, re.DOTALL | re.MULTILINE)
    return [ast.parse(textwrap.dedent(block)) for _, block in blocks]


def imported(trees: list[ast.Module], *, projects: bool = True) -> set[str]:
    """Return the names that are imported, also from the reader's project."""
    return {
        alias.asname or alias.name.partition(".")[0]
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        if projects or not (getattr(node, "module", None) or "").startswith("shop")
        for alias in node.names
    }


LIBRARY = set(gapless_fields.__all__).union(
    *(imported(code(page.read_text()), projects=False) for page in HOWTO)
)


@pytest.mark.parametrize(("page", "heading", "text"), SECTIONS, ids=lambda part: str(part)[:40])
def test_a_section_opens_with_the_answer_and_imports_what_it_uses(page, heading, text):
    assert not text.lstrip().startswith("```"), "a sentence comes first"
    trees = code(text)
    used = {
        node.id
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    bound = imported(trees) | set(vars(builtins))
    assert (used & LIBRARY) - bound == set()


def test_the_supported_versions():
    text = (DOCS / "compatibility.md").read_text()
    classifiers = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["classifiers"]
    for name, prefix in (("Python", "Python :: "), ("Django", "Framework :: Django :: ")):
        versions = [found for line in classifiers if (found := line.partition(prefix)[2])[:1] > "0"]
        versions = [version for version in versions if "." in version]
        said = re.search(rf"^\| {name} \| (.*?) \|", text, re.MULTILINE)[1]
        wanted = f"{versions[0]} to {versions[-1]}" if name == "Python" else ", ".join(versions)
        assert said == wanted

"""The comparisons as tables and as a plot: ``python -m tests.benchmarks.report FIGURES.json``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

COLUMNS = ("unnumbered", "filled in", "django-sequences", "bulk_update()", "GROUP BY")
"""The sides that all others are compared with."""


def table(comparisons: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Lines of a Markdown table."""
    first = comparisons[0]["sides"]
    others = [name for name in COLUMNS if name in first]
    yield (
        "| "
        + " | ".join(["", "side", comparisons[0]["unit"], *(f"× {name}" for name in others)])
        + " |"
    )
    yield "| --- | --- |" + " ---: |" * (1 + len(others))
    for comparison in comparisons:
        setting = comparison["setting"]
        for side, figures in comparison["sides"].items():
            median = figures["median"]
            cells = [setting, side, _shown(median)]
            setting = ""
            for other in others:
                ratio = figures["median"] / comparison["sides"][other]["median"]
                faster = ratio if comparison["unit"].endswith("/s") else 1 / ratio
                cells.append(f"{faster:.2f}" if side != other else "")
            yield "| " + " | ".join(cells) + " |"


def _shown(figure: float) -> str:
    """A figure with two digits at least."""
    if figure >= 10:
        return f"{figure:,.0f}"
    return f"{figure:.1f}" if figure >= 1 else f"{figure:#.2g}"


def pages(results: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Every table of a run, each below its heading."""
    for result in results:
        yield f"## {result['database']}"
        name, _space, _version = result["database"].rpartition(" ")
        for case in dict.fromkeys(one["case"] for one in result["comparisons"]):
            yield f"\n### {name}, case {case}\n"
            yield from table([one for one in result["comparisons"] if one["case"] == case])
        yield ""


def plot(comparisons: Sequence[dict[str, Any]], title: str, path: Path) -> None:
    """Draw throughput against writers, a panel for each case that varies them."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "gapless"
    from matplotlib import pyplot

    titles = {"b": "one series", "c": "a series each", "d": "one series, 1 ms away"}
    cases = [case for case in titles if any(one["case"] == case for one in comparisons)]
    figure, panels = pyplot.subplots(1, len(cases), figsize=(5 * len(cases), 4), squeeze=False)
    for case, panel in zip(cases, panels[0], strict=True):
        mine = [one for one in comparisons if one["case"] == case]
        counts = [int(one["setting"].split()[0]) for one in mine]
        for side in mine[0]["sides"]:
            medians = [one["sides"][side]["median"] for one in mine]
            panel.plot(counts, medians, marker="o", label=side)
        panel.set(title=titles[case], xlabel="writers", xscale="log", xticks=counts, ylim=0)
        panel.set_xticks(counts, [str(count) for count in counts])
        panel.minorticks_off()
    panels[0][0].set_ylabel("saves committed a second")
    panels[0][-1].legend(fontsize="small")
    figure.suptitle(title)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None, "Creator": None})


if __name__ == "__main__":
    figures = json.loads(Path(sys.argv[1]).read_text())
    print("\n".join(pages(figures["results"])))

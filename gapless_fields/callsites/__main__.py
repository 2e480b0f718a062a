"""``python -m gapless_fields.callsites``: the listing for a source tree, without settings."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from gapless_fields.callsites import Options, Report, Target, find_callsites


def main(arguments: list[str] | None = None) -> int:
    """List the sites; return 2 where a path or model does not exist."""
    parser = argparse.ArgumentParser(
        prog="python -m gapless_fields.callsites",
        description="List the calls that INSERT rows of a model, and whether each is inside "
        "transaction.atomic(). Reads the files below PATH; runs none of them.",
    )
    parser.add_argument("path", metavar="PATH", type=Path)
    parser.add_argument(
        "--model",
        action="append",
        required=True,
        metavar="shop.models.Invoice",
        help="a numbered model: the path of its module below PATH, and its name",
    )
    parser.add_argument(
        "--atomic-requests", action="store_true", help="ATOMIC_REQUESTS is set for the database"
    )
    parser.add_argument("--format", choices=["text", "json"], default="text")
    options = parser.parse_args(arguments)
    if not options.path.exists():
        parser.error(f"{options.path} does not exist")
    report = find_callsites(
        [options.path],
        [Target(path) for path in options.model],
        Options(atomic_requests=frozenset({"default"} if options.atomic_requests else ())),
    )
    sys.stdout.write(listing(report, options.format))
    for target in report.missing:
        sys.stderr.write(f"No class {target.path} was found below {options.path}.\n")
    return 2 if report.missing else 0


def listing(report: Report, format: str) -> str:  # noqa: A002 (as the option is called)
    """The report as text or JSON, with a line break at its end."""
    if format == "json":
        return json.dumps([finding.as_dict() for finding in report.callsites], indent=2) + "\n"
    lines = [
        f"{finding.path}:{finding.line}: {finding.verdict}: {finding.call}: "
        f"{finding.as_dict()['because']}"
        for finding in report.callsites
    ]
    lines += [f"{path}: skipped: {why}" for path, why in report.notes]
    return "".join(f"{line}\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main())

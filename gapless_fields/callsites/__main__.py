"""``python -m gapless_fields.callsites``: the listing for a source tree, without settings."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gapless_fields.callsites import Options, Target, find_callsites
from gapless_fields.callsites.faces.listing import as_json, as_text, notes


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
    sys.stdout.write(as_json(report) if options.format == "json" else as_text(report))
    if options.format == "json":
        sys.stderr.write(notes(report))
    return 2 if report.missing else 0


if __name__ == "__main__":
    sys.exit(main())

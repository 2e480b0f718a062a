from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from comparison import sheets
from comparison.strips import last_numbers, strips

BUTTONS = {
    "save": "save",
    "fail": "fail after save",
    "writers": "20 writers at once",
    "first": "long transaction: numbered first",
    "end": "long transaction: numbered at the end",
    "max": "MAX()+1, as everybody writes it",
    "again": "start again",
}


@require_http_methods(["GET", "POST"])
def strips_page(request: HttpRequest) -> HttpResponse:
    """Show the strips, or do what a button says and show them then."""
    action = request.POST.get("action")
    if action in BUTTONS:
        seen = last_numbers()
        happened = act(action)
        request.session["strips"] = {"seen": {} if action == "again" else seen, **happened}
        return redirect("strips")
    happened = request.session.get("strips", {})
    return render(
        request,
        "comparison/strips.html",
        {
            "buttons": BUTTONS.items(),
            "strips": strips(happened.get("seen", {})),
            "happened": happened,
            "sqlite": connection.vendor == "sqlite",
        },
    )


def act(action: str) -> dict[str, Any]:
    """Do what a button says, and return what the page tells about it."""
    match action:
        case "save":
            sheets.save()
            return {"text": "Saved and committed."}
        case "fail":
            sheets.save(fail=True)
            return {"text": "Saved and rolled back. The id is lost. The number is given back."}
        case "writers":
            committed = sheets.writers()
            failed = sheets.WRITERS - committed
            return {"text": f"{committed} writers committed, {failed} failed after save."}
        case "max":
            sheets.writers_of_max()
            return {"text": f"{sheets.WRITERS} writers read MAX() and saved."}
        case "again":
            sheets.begin_again()
            return {"text": "All rows are deleted."}
    bars = sheets.long_transaction(first=action == "first")
    longest = max(bar.end - bar.begin for bar in bars[1:])
    when = "first" if action == "first" else "at the end"
    return {
        "text": f"Numbered {when}: the others took up to {longest * 1000:,.0f} ms.",
        "bars": chart(bars),
    }


def chart(bars: list[sheets.Bar]) -> list[dict[str, Any]]:
    """Return the bars in parts of the width, for the template and the session."""
    width = max(bar.end for bar in bars) or 1
    return [
        {
            "who": bar.who,
            "left": round(100 * bar.begin / width, 2),
            "free": round(100 * (bar.lock - bar.begin) / width, 2),
            "lock": round(100 * (bar.end - bar.lock) / width, 2),
            "ms": round(1000 * (bar.end - bar.begin)),
        }
        for bar in bars
    ]

"""What the pages of counters say, in the language that is active."""

from __future__ import annotations

from django.utils.translation import gettext as _

from gapless_fields.audit.sentences import labels as audit_labels


def labels() -> dict[str, str]:
    """Return the headings and other short texts of the pages, with those of an audit."""
    return audit_labels() | {
        "move": _("Move forward"),
        "examine": _("Examine"),
        "examine_again": _("Examine again"),
        "what_examine_does": _(
            "Compare the rows of this series with its counter. All of its rows are counted, which "
            "takes a while if there are many."
        ),
        "rows_in": _("Models that use it"),
        "show_rows": _("Show the rows"),
        "show_more_rows": _("Show the rows, also those of other series"),
        "no_model": _("No model uses this sequence. Its numbers are only taken by code."),
        "voided": _("Void numbers"),
        "none_void": _("No number is void."),
        "newest": _("Only the newest entries are shown."),
        "repeating": _(
            "This sequence starts again when it reaches its end, so its numbers cannot be left "
            "out, and its counter cannot be moved here."
        ),
        "unknown": _("This counter was not written by this package, and cannot be moved here."),
        "explanation": _(
            "The counter goes on after the number that you enter. The numbers that are left out "
            "become void: the register keeps them with your reason, and no row ever gets them."
        ),
        "now": _("Last number now"),
        "check": _("Continue"),
        "back": _("Back"),
        "final": _("This cannot be undone."),
    }

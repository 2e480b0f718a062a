"""The list of counters: each series in words, by as many queries for many as for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin import AllValuesFieldListFilter
from django.contrib.admin.views.main import ChangeList

from gapless_fields.counter_admin.known import known_of

if TYPE_CHECKING:
    from django.http import HttpRequest


class CounterList(ChangeList):
    """Finds the words for all counters of a page together."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        counters: list[Any] = list(self.result_list)
        if counters:
            known = known_of(counters, counters[0]._state.db)
            for counter in counters:
                counter.in_words = known[counter.key].words
        self.result_list = counters


class SequenceFilter(AllValuesFieldListFilter):
    """A filter by sequence, where there is more than one."""

    def has_output(self) -> bool:
        return len(self.lookup_choices) > 1

"""The key of a counter is injective under any collation; a series' numbers follow each other."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gapless_fields.series.series import MAX_KEY_LENGTH, Series, make_key

names = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20
)


def as_a_collation_sees_it(key: str) -> str:
    """Case, accents, width and trailing blanks ignored: what MariaDB's loosest collation does."""
    decomposed = unicodedata.normalize("NFKD", key).casefold()
    return "".join(c for c in decomposed if not unicodedata.combining(c)).rstrip()


@given(names, names)
def test_no_two_names_have_one_key(one, other):
    assume(one != other)
    assert as_a_collation_sees_it(make_key(one)) != as_a_collation_sees_it(make_key(other))


@given(names)
def test_variants_of_a_name_have_keys_of_their_own(name):
    variants = {name, name.upper(), name.lower(), f"{name} ", unicodedata.normalize("NFD", name)}
    assert len({as_a_collation_sees_it(make_key(variant)) for variant in variants}) == len(variants)


@given(names)
def test_keys_are_plain(name):
    key = make_key(name)
    assert key.isascii()
    assert key == key.lower().strip()
    assert "/" not in key  # left for what a key will consist of beside its name


def test_plain_names_are_their_own_keys():
    assert make_key("shop.invoices-2026_a") == "shop.invoices-2026_a"
    assert make_key("Invoices") == "^invoices"
    assert make_key("é ") == "=c3=a9=20"


def test_longest_name():
    assert len(make_key("a" * MAX_KEY_LENGTH)) == MAX_KEY_LENGTH
    with pytest.raises(ValueError, match="takes 256 of at most 255 characters"):
        make_key("a" * (MAX_KEY_LENGTH + 1))


@given(st.integers(0, 50), st.integers(1, 20), st.integers(1, 60), st.data())
def test_a_loop_is_the_same_one_by_one(initial, period, count, data):
    series = Series("x", initial, initial + period)
    last = data.draw(st.none() | st.integers(0, 100))
    one_by_one = []
    current = last
    for _ in range(count):
        current = series.following(current, 1)[0]
        one_by_one.append(current)
    assert list(series.following(last, count)) == one_by_one
    assert set(one_by_one) <= set(range(initial, initial + period))


@given(st.integers(0, 100), st.integers(1, 50))
def test_numbers_without_a_loop(initial, count):
    series = Series("x", initial)
    assert series.following(None, count) == range(initial, initial + count)
    assert series.following(initial + 5, count) == range(initial + 6, initial + 6 + count)

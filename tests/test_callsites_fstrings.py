"""F-strings of Python 3.12 are taken out of a text, whatever they hold."""

from __future__ import annotations

import ast

import pytest

from gapless_fields.callsites.files.fstrings import without_fstrings
from gapless_fields.callsites.files.newer import older_versions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = 'a'", "x = 'a'"),
        ("x = f'a'", 'x = ""'),
        ("x = f'{row['name']}' + 'b'", "x = \"\" + 'b'"),
        ("x = rf'\\'{'}'}' + Rb'c'", "x = \"\" + Rb'c'"),
        ("f'{{' + f'}}' + '{'", '"" + "" + \'{\''),
        ("f'{a:{w['x']}>{len('b')}}' # f'", '"" # f\''),
        ("f'{ {'k': [1, (2)]}['k'] !r}' + y", '"" + y'),
        ("f\"{', '.join(f'{one['a']}' for one in rows)}\"", '""'),
        ("f'''{\n  row['x']  # a ' in a comment\n}'''\ny", '"""\n\n"""\ny'),
        ("t'{a['b']}'", '""'),
        ("# don't\nf'{a['b']}'", '# don\'t\n""'),
        ("'it\\'s' f'x'", "'it\\'s' \"\""),
        ("f'{lambda_(x := 1):\n}'", '"""\n"""'),
        ("x = 'broken\ny = f'a'", 'x = \'broken\ny = ""'),
        ("f'never ends", '""'),
        ("f'{a", '""'),
        ("f'{a:b", '""'),
    ],
)
def test_without_fstrings(text, expected):
    assert without_fstrings(text) == expected


def test_what_is_left_can_be_parsed():
    text = 'def write(row):\n    print(f"{row["name"]!r:{row["w"]}}", *[f\'{x}\' for x in row])\n'
    *_others, last = older_versions(text.encode())
    tree = ast.parse(last)
    assert isinstance(tree.body[0], ast.FunctionDef)
    assert last.count(b"\n") == 2


def test_encodings_that_do_not_exist():
    assert list(older_versions(b"# coding: no-such\nf'{a['b']}'\n")) == []

"""Django's own tests, with a number in every model: ``python -m tests.django_suite [LABEL …]``.

Runs parts of the test suite of the installed Django twice: with a plain integer added to each of
its models, and with a GaplessSequenceField in that place. What fails only with numbers is printed,
and must be one of two things: a refused ON CONFLICT, or the counter's own query where a test counts
queries. On SQLite, or on the database that DATABASE_URL names.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import django

LABELS = (
    "basic bulk_create composite_pk custom_managers custom_methods custom_pk defer delete "
    "delete_regress expressions field_defaults fixtures fixtures_model_package "
    "fixtures_regress force_insert_update foreign_object generic_inline_admin "
    "generic_relations get_or_create get_earliest_or_latest lookup m2m_intermediary "
    "m2m_regress m2m_through m2m_through_regress many_to_many many_to_one many_to_one_null "
    "model_fields model_forms model_formsets model_inheritance model_inheritance_regress "
    "model_regress multiple_database mutually_referential nested_foreign_keys null_fk "
    "one_to_one ordering order_with_respect_to prefetch_related properties proxy_models "
    "queries queryset_pickle raw_query reserved_names save_delete_hooks select_for_update "
    "select_related serializers signals transaction_hooks transactions unmanaged_models "
    "update update_only_fields validation async "
)

SETTINGS = """
import os
import dj_database_url
url = os.environ.get("DATABASE_URL")
def database(alias):
    if not url:
        return {"ENGINE": "django.db.backends.sqlite3"}
    return {**dj_database_url.parse(url), "TEST": {"NAME": "suite_" + alias}}
DATABASES = {alias: database(alias) for alias in ("default", "other")}
SECRET_KEY = "tests"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
USE_TZ = False
"""

EXPECTED = {
    "a refused ON CONFLICT": re.compile("OnConflictNotSupported"),
    "the counter's query": re.compile(
        r"AssertionError: \d+ != \d+ : \d+ queries executed|gapless_fields_counter"
        r"|MAX\(.\w+.\..gapless_|len\((ctx|captured_queries|queries|connection\.queries)\)"
    ),
}

# Tests that a number in every row contradicts.
CONTRADICTED = {
    "test_bulk_insert_nullable_fields (bulk_create": "leaves every column NULL that can be",
    "test_update_parent_filtering (model_inh": "compares an UPDATE, whose WHERE names the number",
    "test_validate_unique (composite_pk": "finds a copied number, as it does a copied address",
}

FAILURE = re.compile(r"^(?:FAIL|ERROR): (.*?)\n(.*?)(?=^={70}|^-{70}\nRan )", re.M | re.S)


def add_field(side: str) -> None:
    """Add a column to each model of the suite, as soon as its class is complete."""
    from django.apps import apps
    from django.db import models

    from gapless_fields import GaplessSequenceField

    def add(sender: type[models.Model], **kwargs: object) -> None:
        meta = sender._meta
        if (
            meta.apps is not apps
            or meta.proxy
            or meta.swapped
            or meta.parents
            or meta.auto_created
            or not meta.managed
            or sender.__module__.startswith(("django.", "gapless_fields."))
        ):
            return
        field: models.Field[int | None, int | None]
        if side == "numbered":
            field = GaplessSequenceField(sequence=meta.label, null=True)  # type: ignore[assignment]
        else:
            field = models.PositiveBigIntegerField(
                null=True, blank=True, editable=False, unique=True
            )
        # Not the same name everywhere, or models with two parents would clash.
        field.contribute_to_class(sender, f"gapless_{meta.model_name}")

    models.signals.class_prepared.connect(add, weak=False)


def run_side(side: str, folder: str, labels: list[str]) -> None:
    """Become Django's runtests.py, with the package among the installed applications."""
    os.chdir(folder)
    sys.path.insert(0, folder)
    add_field(side)
    source = Path("runtests.py").read_text()
    for line, replacement in (
        ("ALWAYS_INSTALLED_APPS = [", 'ALWAYS_INSTALLED_APPS = ["gapless_fields",'),
        # Or a save outside atomic() would be an error, and most of theirs are.
        ('warnings.simplefilter("error", RuntimeWarning)', ""),
    ):
        assert line in source
        source = source.replace(line, replacement, 1)
    sys.argv = ["runtests.py", "--settings=suite_settings", "--parallel=1", *labels]
    main = {"__name__": "__main__", "__file__": str(Path("runtests.py").resolve())}
    exec(compile(source, "runtests.py", "exec"), main)


def failures(side: str, folder: Path, labels: list[str]) -> dict[str, str]:
    """What fails on one side: the test's name and the text of its failure."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.django_suite"]
    result = subprocess.run(
        [*command, "--side", side, str(folder), *labels], capture_output=True, text=True
    )
    ran = re.search(r"^Ran \d+ tests.*", result.stderr, re.M)
    if ran is None:
        sys.exit(f"The suite did not run:\n{result.stdout}\n{result.stderr}")
    found = dict(FAILURE.findall(result.stderr))
    print(f"{side}: {ran[0]}, {len(found)} fail", flush=True)
    return found


def main(labels: list[str]) -> int:
    with tempfile.TemporaryDirectory() as temporary:
        requirement = f"django=={django.get_version()}"
        download = "pip download --quiet --no-deps --no-binary :all: --dest"
        subprocess.run(
            [sys.executable, "-m", *download.split(), temporary, requirement], check=True
        )
        (archive,) = Path(temporary).glob("*.tar.gz")
        with tarfile.open(archive) as file:
            file.extractall(temporary, filter="data")
        (folder,) = Path(temporary).glob("*/tests")
        (folder / "suite_settings.py").write_text(SETTINGS)
        labels = labels or [label for label in LABELS.split() if (folder / label).is_dir()]
        plain = failures("plain", folder, labels)
        numbered = failures("numbered", folder, labels)
    unexpected = 0
    for test in sorted(numbered.keys() - plain.keys()):
        text = numbered[test]
        kinds = [kind for kind, pattern in EXPECTED.items() if pattern.search(text)]
        kinds += [why for name, why in CONTRADICTED.items() if test.startswith(name)]
        unexpected += not kinds
        print(f"{test}: {kinds[0] if kinds else 'NOT EXPECTED' + chr(10) + text}")
    print(f"{len(numbered.keys() - plain.keys())} differ, {unexpected} of them unexpectedly")
    return int(bool(unexpected))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--side"]:
        run_side(sys.argv[2], sys.argv[3], sys.argv[4:])
    else:
        sys.exit(main(sys.argv[1:]))

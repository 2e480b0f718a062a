"""SQL functions whose names differ between databases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import BinaryField, Func

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models.sql.compiler import SQLCompiler


class Utf8(Func):
    """The bytes of a text, so that no collation can treat two texts as the same.

    (MariaDB's default collation treats ``a``, ``A``, ``á`` and ``a`` with a trailing blank as one
    value, also in GROUP BY.) On a database without a dialect, this is the text, as that database
    compares it.
    """

    output_field = BinaryField()
    template = "%(expressions)s"

    def as_sqlite(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> Any:
        return self.as_sql(compiler, connection, template="CAST(%(expressions)s AS BLOB)")

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> Any:
        return self.as_sql(compiler, connection, template="convert_to(%(expressions)s, 'UTF8')")

    def as_mysql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any
    ) -> Any:
        template = "CAST(CONVERT(%(expressions)s USING utf8mb4) AS BINARY)"
        return self.as_sql(compiler, connection, template=template)

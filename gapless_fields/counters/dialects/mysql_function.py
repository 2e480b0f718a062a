"""The SQL function that takes a number inside an INSERT, on MariaDB and MySQL.

A save works without it, by statements of their own: a user often may not create a function. So
nobody asks whether it exists. The INSERT calls it, and the error tells.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from django.db import DatabaseError

from gapless_fields.counters.dialects.next_value import FUNCTION, Fault, NextValue
from gapless_fields.series.series import MAX_VALUE

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    from gapless_fields.series.series import Series

LOCK_WAIT_TIMEOUT = 1205
DOES_NOT_EXIST = 1305
MAY_NOT_EXECUTE = 1370
USED_BY_STATEMENT = 1442
"""The INSERT itself reads the counters' table, in a subquery for another column."""
UNSAFE_FOR_BINARY_LOG = 1418
"""With binlog_format STATEMENT, if log_bin_trust_function_creators was on only for a while."""

# Far above the errors of both servers.
EXHAUSTED = 47301
FIRST_USE = 47302

CALL = f"{FUNCTION}(%s, %s, %s, %s, %s, %s, %s)"

# LAST_INSERT_ID(expr) keeps the number, which a SELECT would take 15 µs to read. Both servers
# restore the session's own LAST_INSERT_ID() at the end of a function. 0 means that no number is
# left; -2 is written then, so that ROW_COUNT() counts the row, and is rolled back.
NEXT = (
    f"`last` = IF(`last` < {MAX_VALUE}, LAST_INSERT_ID(`last` + 1), "
    "IF(LAST_INSERT_ID(`last` - `last`), 0, -2))"
)

# The key is ASCII, and said to be, or its collation could clash with the column's in a WHERE. -1
# marks the counter of a loop that is being created. Each SELECT locks, or at REPEATABLE READ it
# would read the transaction's old snapshot.
#
# Where several transactions use a series for the first time, and one is rolled back, the others
# wait for its counter. Those that wait in an upsert keep a lock on the gap, and deadlock: 200 times
# for 150 series and 4 writers, but 3 times where they wait in an UPDATE. At REPEATABLE READ, an
# UPDATE that finds nothing locks the gap itself (locks_gaps), so the upsert comes first.
#
# @gapless_fields_waits stays TRUE where a lock time-out has ended the function, because InnoDB lets
# no handler in a function see one.
#
# It is not declared as DETERMINISTIC, which MySQL would believe: to choose a partition, it may call
# such a function once more, and that number would be lost.
CREATE_FUNCTION = f"""
CREATE FUNCTION {FUNCTION}(
    series_key varchar(255) CHARACTER SET ascii,
    sequence_name varchar(255) CHARACTER SET utf8mb4,
    scope_text longtext CHARACTER SET utf8mb4,
    first_number bigint, reset_number bigint, may_be_first boolean, locks_gaps boolean
) RETURNS bigint NOT DETERMINISTIC MODIFIES SQL DATA SQL SECURITY INVOKER
BEGIN
    DECLARE given bigint DEFAULT NULL;
    DECLARE is_first_use boolean DEFAULT TRUE;
    DECLARE CONTINUE HANDLER FOR NOT FOUND SET given = NULL;
    SET @gapless_fields_waits = TRUE;
    IF reset_number IS NOT NULL THEN
        IF NOT (may_be_first AND locks_gaps) THEN
            SELECT `last` INTO given FROM gapless_fields_counter
             WHERE `key` = series_key FOR UPDATE;
        END IF;
        IF given IS NULL AND may_be_first THEN
            INSERT INTO gapless_fields_counter (`key`, `name`, `scope`, `last`)
                 VALUES (series_key, sequence_name, scope_text, -1)
       ON DUPLICATE KEY
                 UPDATE `last` = `last`;
            SELECT `last` INTO given FROM gapless_fields_counter
             WHERE `key` = series_key FOR UPDATE;
        END IF;
        SET is_first_use = given IS NULL OR given = -1;
        SET given = IF(given >= first_number AND given < reset_number - 1, given + 1, first_number);
        UPDATE gapless_fields_counter SET `last` = given WHERE `key` = series_key;
    ELSE
        IF NOT (may_be_first AND locks_gaps) THEN
            UPDATE gapless_fields_counter SET {NEXT} WHERE `key` = series_key;
            SET is_first_use = ROW_COUNT() = 0;
        END IF;
        IF is_first_use AND may_be_first THEN
            INSERT INTO gapless_fields_counter (`key`, `name`, `scope`, `last`)
                 VALUES (series_key, sequence_name, scope_text, first_number)
       ON DUPLICATE KEY
                 UPDATE {NEXT};
            SET is_first_use = ROW_COUNT() = 1;
        END IF;
        SET given = IF(is_first_use, first_number, LAST_INSERT_ID());
    END IF;
    SET @gapless_fields_waits = FALSE;
    IF given = 0 AND NOT is_first_use AND reset_number IS NULL THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = {EXHAUSTED},
            MESSAGE_TEXT = 'The series has no number left.';
    END IF;
    IF is_first_use AND NOT may_be_first THEN
        SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = {FIRST_USE},
            MESSAGE_TEXT = 'The series is used for the first time.';
    END IF;
    IF given = first_number THEN
        SET @gapless_fields_first_use = is_first_use;
    END IF;
    RETURN given;
END
"""

# In the current schema, like the tables that both name.
DROP_FUNCTION = f"""
DROP FUNCTION IF EXISTS {FUNCTION}
"""

WAS_FIRST_USE = """
SELECT @gapless_fields_first_use
"""

HAS_WAITED = """
SELECT @gapless_fields_waits
"""

FORGET_WAIT = """
SET @gapless_fields_waits = NULL
"""

# A user sees only the functions that he may call.
LACKS_FUNCTION = """
SELECT EXISTS (
           SELECT 1 FROM information_schema.tables
            WHERE table_schema = DATABASE() AND table_name = %s
       ) AND NOT EXISTS (
           SELECT 1 FROM information_schema.routines
            WHERE routine_schema = DATABASE() AND routine_name = %s
       )
"""

UNIQUE_COLUMNS = """
SELECT column_name
  FROM information_schema.statistics
 WHERE table_schema = DATABASE() AND table_name = %s AND index_name = %s
"""

# MySQL writes a binary log unless told otherwise. It then wants a right that few users have.
BINARY_LOG = """
        SHOW GLOBAL VARIABLES
               WHERE Variable_name IN ('log_bin', 'log_bin_trust_function_creators')
"""

RETRY_AFTER = 60.0
"""Seconds after which a function is called again that was missing, or could not be called."""

_not_callable: dict[tuple[str, ...], float] = {}
"""Where that was so, and when. If it is wrong by now, saves are only slower."""


class MySQLNextValue(NextValue):
    """As its parent; ``locks_gaps`` is whether a statement that finds no row locks its place."""

    CALL = CALL

    def __init__(self, series: Series, *, may_be_first: bool, locks_gaps: bool) -> None:
        super().__init__(series, may_be_first=may_be_first)
        self.params = (*self.params, locks_gaps)

    def fault(self, error: DatabaseError, connection: BaseDatabaseWrapper) -> Fault | None:
        code = error.args[0] if error.args else 0
        if code in (DOES_NOT_EXIST, MAY_NOT_EXECUTE):
            return Fault.NOT_CALLABLE if FUNCTION in str(error) else None
        if code == LOCK_WAIT_TIMEOUT:
            return Fault.LOCKED if self._has_waited(connection) else None
        return {
            EXHAUSTED: Fault.EXHAUSTED,
            FIRST_USE: Fault.FIRST_USE,
            USED_BY_STATEMENT: Fault.NOT_HERE,
            UNSAFE_FOR_BINARY_LOG: Fault.NOT_CALLABLE,
        }.get(code)

    def _has_waited(self, connection: BaseDatabaseWrapper) -> bool:
        """Return whether the function has waited, and not the rest of the INSERT."""
        with connection.cursor() as cursor:
            cursor.execute(HAS_WAITED)
            ((waited,),) = cursor.fetchall()
            cursor.execute(FORGET_WAIT)
        return bool(waited)

    def was_first_use(self, connection: BaseDatabaseWrapper) -> bool:
        with connection.cursor() as cursor:
            cursor.execute(WAS_FIRST_USE)
            return bool(cursor.fetchone()[0])


def is_callable(connection: BaseDatabaseWrapper) -> bool:
    """Return whether the function may be tried: it did not fail in the last minute."""
    if not _not_callable:
        return True
    return time.monotonic() - _not_callable.get(_place(connection), -RETRY_AFTER) >= RETRY_AFTER


def remember_not_callable(connection: BaseDatabaseWrapper) -> None:
    """Do not try the function for a minute."""
    _not_callable[_place(connection)] = time.monotonic()


def forget_not_callable(connection: BaseDatabaseWrapper) -> None:
    """Try the function again: this process has created it."""
    _not_callable.pop(_place(connection), None)


def _place(connection: BaseDatabaseWrapper) -> tuple[str, ...]:
    """Return what decides whether the function can be called, as the settings name it."""
    settings = connection.settings_dict
    return connection.alias, *(str(settings[name]) for name in ("HOST", "PORT", "USER", "NAME"))


def name_of_index(error: DatabaseError) -> str:
    """Return the unique index that has refused a row, from an error 1062 in any language."""
    # Duplicate entry '1-7' for key 'invoice_number' (MariaDB) or 'testapp_invoice.invoice_number'
    return str(error.args[-1]).rpartition("'")[0].rpartition("'")[2]


def rights_for_function(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the statements with which an administrator lets ``migrate`` create the function."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT CURRENT_USER()")
        user, _at, host = cursor.fetchone()[0].rpartition("@")
        cursor.execute(BINARY_LOG)
        settings = dict(cursor.fetchall())
    schema = connection.ops.quote_name(connection.settings_dict["NAME"])
    grant = f"GRANT CREATE ROUTINE, ALTER ROUTINE, EXECUTE ON {schema}.* TO '{user}'@'{host}'"
    if settings.get("log_bin") == "ON" != settings.get("log_bin_trust_function_creators"):
        return [grant, "SET GLOBAL log_bin_trust_function_creators = 1"]
    return [grant]

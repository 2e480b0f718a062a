"""Rows as they are, in the database and in memory; nothing here writes one."""

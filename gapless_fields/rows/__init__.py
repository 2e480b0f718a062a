"""Rows as they are in the database and in memory. Nothing here writes a row."""

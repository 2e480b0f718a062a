"""The table of counters, and its only writer."""

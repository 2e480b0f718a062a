"""The table of the counters and its only writers."""

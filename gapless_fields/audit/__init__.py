"""Finds every fault of a series from the rows themselves, and writes nothing."""

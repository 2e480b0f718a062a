"""The verdicts, drawn from what was read."""

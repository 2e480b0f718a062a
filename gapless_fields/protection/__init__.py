"""Numbers that the database itself protects, by triggers."""

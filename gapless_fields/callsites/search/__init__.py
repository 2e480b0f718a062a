"""Which files and functions are read, and who calls a function."""

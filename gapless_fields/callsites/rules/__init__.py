"""The rules: what Django and the packages around it mean to the engine."""

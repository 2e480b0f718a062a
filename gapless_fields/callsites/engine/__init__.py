"""The engine: it reads functions, and knows Python alone."""

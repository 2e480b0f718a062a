"""Moving over from other packages that count: their tables, and what becomes of their sequences."""

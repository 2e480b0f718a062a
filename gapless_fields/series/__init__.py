"""The series of a row: its sequence, what divides it, and when a row is numbered."""

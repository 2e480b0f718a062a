"""What the series of a row is: which sequence, divided by what, and when a row is numbered."""

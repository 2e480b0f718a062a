"""Tables that were numbered by hand: what they hold, and how they become right."""

"""The counters in the admin: what they say, what an audit says of each, and how to move them."""

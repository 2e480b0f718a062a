"""None here: each is in the file of its package. Django makes tables where there is this module."""

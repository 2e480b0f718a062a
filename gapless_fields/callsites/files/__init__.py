"""The files of a project: found, searched and parsed."""

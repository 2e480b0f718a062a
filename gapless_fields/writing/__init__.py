"""What happens to numbers when rows are written."""

"""The register: why a number is missing, and what was exempted from protection."""

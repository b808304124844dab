"""Lint for rule packs: what loads, and still is most likely not meant."""

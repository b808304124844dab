"""The doors to rule packs: lint them, list what they know, draw them. Nothing here looks at a target."""

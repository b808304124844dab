"""Knowledge only: rule packs in YAML, one folder a pack, with their examples."""

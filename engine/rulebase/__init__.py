"""Knowledge in: rule packs in YAML become the values of `engine.knowledge`, or mistakes with their places."""

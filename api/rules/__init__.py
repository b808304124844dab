"""The doors for those who write rules: try a pack out, lint it, list what it knows, draw it. No target is looked at."""

"""The doors for those who write rules: what a pack promises is tried out without any machine."""

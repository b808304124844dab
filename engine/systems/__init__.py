"""Thin clients of what is touched, shared by probes and actions; they judge nothing."""

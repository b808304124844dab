"""Diagnosis: from what follows to what is wrong, why, and how we know."""

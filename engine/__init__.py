"""Medicus' engine: reasons about the world from observations and knows no framework."""

"""Plays rule packs in virtual time: examples, scenarios and recordings. Nothing is looked at and nothing is done."""

"""Counterfactuals: what would have to be seen for another conclusion, and what would follow if something were."""

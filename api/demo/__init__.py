"""`medicus demo`: a real small service, broken for real, healed where that is allowed."""

"""From observations to symptoms, and from symptoms to everything that follows from them, with proof."""

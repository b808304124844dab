"""From a diagnosis to a verified recovery: plan, guards, approval, execution, verification."""

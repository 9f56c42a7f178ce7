"""From estimates to outcomes: one rule for all claims, and the advice that rests on them."""

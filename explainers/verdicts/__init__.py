"""The verdict on every claim by one rule, the tables and replies shown beside it, and the advice that rests on it."""

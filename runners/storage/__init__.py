"""The journal of replies, and atomic writes."""

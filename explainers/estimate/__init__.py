"""Numbers with intervals, two-sided 95 % throughout. Standard library only, and the same bits on every Python.

Wilson              shares of independent questions
cluster bootstrap   all other levels, rates and paired contrasts
Kaplan-Meier        how long something lasts when some of it is cut off
"""

from .bootstrap import contrast, level
from .survival import Survival, survival
from .wilson import wilson

__all__ = ["Survival", "contrast", "level", "survival", "wilson"]

"""Numbers with intervals, two-sided 95 % throughout. Standard library only, and the same bits on every Python.

Wilson              shares of independent questions
t and jackknife     twins: an MoE on its dense ladder
cluster bootstrap   all other levels, rates and paired contrasts
t over models       how a skill goes with size or age
MOVER               the mean of several skills
Kaplan-Meier        how long something lasts when some of it is cut off
"""

from .average import average
from .bootstrap import contrast, level
from .dense_equivalent import ladder
from .survival import Survival, survival
from .trend import trend
from .wilson import wilson

__all__ = ["Survival", "average", "contrast", "ladder", "level", "survival", "trend", "wilson"]

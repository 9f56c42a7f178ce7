"""Types of claims, tests, verdicts and charts: what would decide a claim, and what the stored replies decided.

Declarations only, so that git history is a claim's pre-registration. Standard library only.
"""

from .charts import Chart, Table
from .claims import Beside, Card, CardLine, Claim
from .estimands import AtLeast, AtMost, Between, Bound, Contrast, Ladder, Level, Sample, Test, Trend
from .rows import AnyRow, Observation, Row
from .verdicts import Estimate, Finding, Outcome, Source, Verdict

__all__ = [
    "AnyRow", "AtLeast", "AtMost", "Beside", "Between", "Bound", "Card", "CardLine", "Chart", "Claim", "Contrast",
    "Estimate", "Finding", "Ladder", "Level", "Observation", "Outcome", "Row", "Sample", "Source", "Table", "Test",
    "Trend", "Verdict",
]  # fmt: skip

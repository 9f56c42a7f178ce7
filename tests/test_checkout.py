import subprocess
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]


def test_no_source_file_is_ignored_by_git():
    """A pattern such as `site/` once hid the browser tests themselves, and nobody else ever ran them."""
    if not (HOUSE / ".git").exists():
        pytest.skip("not a checkout")
    command = ["git", "ls-files", "--others", "--ignored", "--exclude-standard", "tests", "runners", "explainers"]
    hidden = subprocess.run(command, cwd=HOUSE, capture_output=True, text=True, check=True).stdout.splitlines()

    assert [path for path in hidden if path.endswith((".py", ".j2")) and "node_modules" not in path] == []

"""The command line, run in this process."""

from click.testing import CliRunner

from explainers.cli.main import main


def said(*words):
    """What a command prints and how it ends."""
    return CliRunner().invoke(main, words)

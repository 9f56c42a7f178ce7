"""Notebooks under docs/notebooks, run by the build, so that each cell shows what this checkout's replies give.

A notebook is a Python file in Jupytext's percent format. It is run in a fresh kernel of this very Python, from the
guide's own folder, and kept as .ipynb without anything that changes from one run or machine to the next.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from runners.host.processes import python_path

FOLDER = "docs/notebooks"
BUILT = "build/docs/notebooks"
"""Where they lie once they were run."""
SECONDS = 600
"""How long a kernel may take to start, and one cell to run."""

METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


class NotebookError(Exception):
    """A notebook could not be run to its end. The message names it, the cell, the error and the cure."""


def sources(home: Path) -> list[Path]:
    """The notebooks that `home` has, by name."""
    return sorted((home / FOLDER).glob("*.py"))


def executed(home: Path) -> dict[str, bytes]:
    """Path under `home` -> bytes of every notebook with its outputs. Raises `NotebookError`."""
    paths = sources(home)
    # In threads: side by side, and in the main one nbclient would take Ctrl-C for itself.
    with ThreadPoolExecutor() as threads:
        kept = threads.map(lambda path: _kept(_run(path, home)), paths)
        return {f"{BUILT}/{path.stem}.ipynb": content for path, content in zip(paths, kept, strict=True)}


def _run(path: Path, home: Path) -> Any:
    import jupytext
    from jupyter_client.kernelspec import KernelSpecManager
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError

    notebook = jupytext.read(path)
    with TemporaryDirectory() as private:
        # No folder of kernels is looked through, so that a user's own "python3" cannot be another Python.
        kernels = KernelSpecManager(kernel_dirs=[])
        manager = AsyncKernelManager(
            kernel_spec_manager=kernels, transport="ipc", connection_file=f"{private}/kernel.json"
        )
        client = NotebookClient(
            notebook,
            manager,
            timeout=SECONDS,
            startup_timeout=SECONDS,
            record_timing=False,
            coalesce_streams=True,
            resources={"metadata": {"path": str(home)}},
        )
        try:
            client.execute(env=_environment(home, private), cleanup_kc=True)  # a kernel given to it is not its own
        except CellExecutionError as fault:
            raise NotebookError(_told(path, notebook)) from fault
        except (CellTimeoutError, RuntimeError) as fault:
            raise NotebookError(f"{path} was not run to its end: {str(fault).strip().splitlines()[0]}") from fault
    return notebook


def _environment(home: Path, private: str) -> dict[str, str]:
    """What the kernel sees: this code and this guide, and none of the user's settings for IPython."""
    return {
        **os.environ,
        "INCOMPRESSIBLE_HOME": str(home),
        "PYTHONPATH": python_path(),
        "PYTHONHASHSEED": "0",
        "IPYTHONDIR": private,
    }


def _told(path: Path, notebook: Any) -> str:
    """Which cell ended a run, and with what."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    errors = [(place, cell, output) for place, cell in enumerate(code, start=1) for output in cell.get("outputs", ())
              if output.output_type == "error"]  # fmt: skip
    place, cell, output = errors[-1]
    said = f"{path}: code cell {place} ends with {output.ename}: {output.evalue}"
    return f"{said}\n\n{cell.source}\n\nMend the notebook, or what it calls, and build again."


def _kept(notebook: Any) -> bytes:
    """The notebook's bytes without random ids, versions and what was said to stderr."""
    import nbformat

    notebook.metadata = nbformat.from_dict(METADATA)
    for place, cell in enumerate(notebook.cells):
        cell.id, cell.metadata = f"cell-{place}", nbformat.from_dict({})
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if not _whispered(output)]
    return (nbformat.writes(notebook, version=4) + "\n").encode("utf-8", "replace")


def _whispered(output: Mapping[str, Any]) -> bool:
    """Warnings and progress are for whoever runs a notebook, not for its readers."""
    return output["output_type"] == "stream" and output["name"] == "stderr"

"""Runs a notebook and compares what comes out with what it holds, or writes that into it."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient


def outputs(notebook: nbformat.NotebookNode) -> list[str]:
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return ["".join(text_of(one) for one in cell.outputs) for cell in cells]


def text_of(output: nbformat.NotebookNode) -> str:
    if output.output_type == "error":
        return "\n".join(output.traceback)
    return output.text if output.output_type == "stream" else output.data.get("text/plain", "")


def main(path: Path, write: bool) -> int:
    notebook = nbformat.read(path, as_version=4)
    before = outputs(notebook)
    client = NotebookClient(notebook, timeout=300, record_timing=False)
    client.execute(cwd=str(path.parent))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            # Progress bars and warnings of libraries: they differ from run to run.
            cell.outputs = [one for one in cell.outputs if one.get("name") != "stderr"]
    after = outputs(notebook)
    if write:
        # Of the machine that ran it.
        notebook.metadata = {"language_info": {"name": "python"}}
        for cell in notebook.cells:
            cell.metadata = {}
        nbformat.write(notebook, path)
        print(f"{len(after)} cells written")
        return 0
    for number, (old, new) in enumerate(zip(before, after, strict=True), 1):
        if old != new:
            print(f"cell {number} gives\n{new}\nand the file holds\n{old}")
            print("run npm run check:python -- --write, and look at the difference")
            return 1
    print(f"{len(after)} cells as committed")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), "--write" in sys.argv[2:]))

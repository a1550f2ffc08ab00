#!/usr/bin/env python3
"""Builds the book (MkDocs) from the documents of the repository and from what the program prints.

    docs/generate.py OUT                       the book in OUT/site, begin with OUT/site/index.html
    docs/generate.py OUT --keten target/debug/keten
    docs/generate.py OUT --pages-only          the pages in OUT/pages, not built
    docs/generate.py OUT --notebooks FOLDER    also pages with the notebooks in FOLDER as they were run (notebooks/README.md)

OUT/pages holds the documents in the places that they have in the repository, so that their links to each other and to
other files hold in both. Files that a document links to are copied beside them. Three pages are written from the
program: docs/tables.md, docs/parameters.md and docs/submodels.md. A broken link, a page missing from the navigation,
and anything that the built book would fetch from elsewhere are faults.

Needs what docs/requirements.txt names, and a build of keten.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import notebook_pages

ROOT = Path(__file__).resolve().parent.parent
CONFIG = ROOT / "docs" / "mkdocs.yml"
STYLE = ROOT / "docs" / "book.css"
DOCUMENTS = (
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "ETHICS.md",
    "docs/*.md",
    "models/*/ODD.md",
    "models/*/interventions/README.md",
    "notebooks/README.md",
)
LINK = re.compile(r"\]\(([^)\s#]+)(?:#[^)\s]*)?\)")
# What a page loads when it is read; a link that a reader follows is none.
LOADED = re.compile(r"<(?:script|img|iframe|source|link)\b[^>]*?\b(?:src|href)=\"(?:https?:)?//", re.I)
IN_STYLE = re.compile(r"url\(\s*['\"]?(?:https?:)?//|@import\s+['\"](?:https?:)?//", re.I)
SEEN = {"key": "key", "input": "input", "truth": "ground truth", "record": "observed record"}


def documents():
    """The documents of the repository that are pages of the book."""
    return sorted(path for pattern in DOCUMENTS for path in ROOT.glob(pattern))


def linked(text):
    """Files that a document links to, as it writes them; addresses on the web are none."""
    without_code = re.sub(r"^```.*?^```", "", text, flags=re.S | re.M)
    return sorted({link for link in LINK.findall(without_code) if "://" not in link and not link.startswith("mailto:")})


def copy(pages):
    """Copies the documents, and the files that they link to."""
    for document in documents():
        place = pages / document.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(document, place)
        for link in linked(document.read_text(encoding="utf-8")):
            file = (document.parent / link).resolve()
            if file.is_file() and file.suffix != ".md" and file.is_relative_to(ROOT):
                beside = pages / file.relative_to(ROOT)
                beside.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, beside)


def cell(text):
    """A text as a cell of a table."""
    return str(text).replace("|", "\\|").replace("\n", " ").replace("<", "&lt;")


def table(head, rows):
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *([cell(value) for value in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def tables_page(outcomes):
    """Every table with its columns, from `keten list outcomes --json`."""
    parts = [
        "# Tables and columns",
        "Written from the program (`keten list outcomes --json`); the same stands in `codebook.json` of every run. "
        "*Ground truth* is what happens in the simulation. "
        "*Observed record* is what police, services and surveys see of it. "
        "The [researcher's guide](researcher.md) says how to read the tables.",
    ]
    for name, of in outcomes["tables"].items():
        rows = [
            [f"`{c['name']}`", c["kind"], c["unit"], SEEN.get(c["sees"], c["sees"]), c["meaning"]]
            for c in of["columns"]
        ]
        parts += [
            f"## {name}",
            f"A row is {of['meaning']}.",
            table(["column", "kind", "unit", "what", "meaning"], rows),
        ]
    return "\n\n".join(parts) + "\n"


def number(value):
    """A value as the model has it; a table of rates has none of its own."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def spread(of):
    """A spread in words."""
    if not of:
        return "fixed"
    numbers = ", ".join(f"{name} {number(value)}" for name, value in of["numbers"])
    return f"{of['law']}, {numbers}" if numbers else of["law"]


def parameters_page(parameters):
    """Every parameter with its passport, and every setting with its words, from `keten list parameters --json`."""
    with_passport = [one for one in parameters if "grade" in one]
    settings = [one for one in parameters if "grade" not in one]
    parts = [
        "# Parameters",
        "Written from the program (`keten list parameters --json`). Grade A: read in the source. B: recalled from a "
        "named source. C: an assumption. Derived: solved for targets. `keten explain KEY` prints the full reference.",
    ]
    groups = {}
    for one in with_passport:
        groups.setdefault(one["key"].split(".")[0], []).append(one)
    for group, members in groups.items():
        rows = []
        for one in members:
            value = f"{one['rows']} rows by {', '.join(one['columns'])}" if one["rows"] else number(one["value"])
            rows.append(
                [
                    f"`{one['key']}`",
                    value,
                    one["unit"],
                    spread(one["spread"]),
                    one["source"],
                    one["grade"],
                    one["note"] or "",
                ]
            )
        head = ["key", "value", "unit", "spread", "source", "grade", "note"]
        parts += [f"## {group}", table(head, rows)]
    rows = [[f"`{one['key']}`", one["value"], ", ".join(one["choices"] or [])] for one in settings]
    parts += ["## Settings", table(["key", "value", "choices"], rows)]
    return "\n\n".join(parts) + "\n"


def asked(keten, *words):
    """What the program prints."""
    made = subprocess.run([str(keten), *words], cwd=ROOT, text=True, stdout=subprocess.PIPE)
    if made.returncode:
        sys.exit(f"generate: {keten} {' '.join(words)} ended with {made.returncode}")
    return made.stdout


def write_pages(keten, pages):
    """The pages that the program writes."""
    docs = pages / "docs"
    docs.joinpath("tables.md").write_text(
        tables_page(json.loads(asked(keten, "list", "outcomes", "--json"))), encoding="utf-8"
    )
    parameters = json.loads(asked(keten, "list", "parameters", "--json"))
    docs.joinpath("parameters.md").write_text(parameters_page(parameters), encoding="utf-8")
    docs.joinpath("submodels.md").write_text(asked(keten, "list", "--odd"), encoding="utf-8")


def fetched(site):
    """Files of the built book that load something from elsewhere when they are read."""
    kinds = {".html": LOADED, ".css": IN_STYLE}
    return [
        path
        for path in sorted(site.rglob("*"))
        if path.suffix in kinds and kinds[path.suffix].search(path.read_text(encoding="utf-8"))
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--keten", type=Path, default=ROOT / "target" / "release" / "keten")
    parser.add_argument("--notebooks", type=Path)
    parser.add_argument("--pages-only", action="store_true")
    wanted = parser.parse_args()
    pages, site = wanted.out / "pages", wanted.out / "site"
    if wanted.out.exists() and any(wanted.out.iterdir()):
        sys.exit(f"generate: {wanted.out} is not empty; give a new folder")
    pages.mkdir(parents=True, exist_ok=True)
    copy(pages)
    write_pages(wanted.keten.resolve(), pages)
    config = CONFIG.read_text(encoding="utf-8")
    if wanted.notebooks:
        config = notebook_pages.write(wanted.notebooks, pages, config)
    (wanted.out / "mkdocs.yml").write_text(config, encoding="utf-8")
    shutil.copyfile(STYLE, pages / "docs" / STYLE.name)
    if wanted.pages_only:
        return
    # Not with --quiet, under which --strict sees no warnings.
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", str(wanted.out / "mkdocs.yml")]
    made = subprocess.run(build, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if made.returncode:
        sys.exit(f"{made.stdout}\ngenerate: the book has faults; they stand above")
    if elsewhere := fetched(site):
        sys.exit("generate: loads something from elsewhere: " + ", ".join(str(path) for path in elsewhere))


if __name__ == "__main__":
    main()

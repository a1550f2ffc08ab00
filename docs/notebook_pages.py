"""Pages of the book from notebooks that were run: their texts, their code, and what their cells showed."""

import html
import json
import re
from pathlib import Path

# The notebooks, in the order of notebooks/README.md.
NOTEBOOKS = ("first-look", "next-generation", "own-experiment", "own-mix")
PLACE = "      - Notebooks: notebooks/README.md\n"


def text(parts):
    """A text that may be a list of lines."""
    return parts if isinstance(parts, str) else "".join(parts)


def fenced(code, language=""):
    """A block of code; a fence in the code does not end it."""
    fence = "`" * max(3, 1 + max((len(ticks) for ticks in re.findall(r"`+", code)), default=0))
    return f"{fence}{language}\n{code.rstrip()}\n{fence}"


def in_one_line(markup):
    """Markup without empty lines, which would end it in Markdown."""
    return re.sub(r"\n\s*", " ", markup.strip())


def shown(output, save):
    """One output as Markdown, or None if a reader of the book needs none; `save` keeps a picture and returns its name."""
    if output["output_type"] == "stream":
        return fenced(text(output["text"]), "text") if output["name"] == "stdout" else None
    if output["output_type"] == "error":
        raise ValueError(f"a cell failed: {output['ename']}: {output['evalue']}")
    data = output.get("data", {})
    if "image/svg+xml" in data:
        title = re.search(r"<title>(.*?)</title>|role-title[^>]*>.*?<text[^>]*>(.*?)</text>", text(data["image/svg+xml"]), re.S)
        words = next((group for group in (title.groups() if title else ()) if group), "chart")
        return f'<p><img alt="{html.escape(words, quote=True)}" src="{save(text(data["image/svg+xml"]))}"></p>'
    if "text/html" in data:
        # Styles of the notebook are left to the style of the book.
        markup = re.sub(r"<style\b.*?</style>", "", text(data["text/html"]), flags=re.S)
        return f'<div class="shown">{in_one_line(markup)}</div>'
    return fenced(text(data["text/plain"]), "text") if "text/plain" in data else None


def page(name, notebook, pictures):
    """A page from a notebook that was run; its pictures go into a folder beside the page."""
    parts, count = [], 0

    def save(svg):
        nonlocal count
        count += 1
        pictures.mkdir(parents=True, exist_ok=True)
        (pictures / f"{count}.svg").write_text(svg, encoding="utf-8")
        return f"{pictures.name}/{count}.svg"

    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            parts.append(text(cell["source"]))
            continue
        parts.append(fenced(text(cell["source"]), "python"))
        parts += [one for one in (shown(output, save) for output in cell["outputs"]) if one]
    note = f"The notebook [`{name}.ipynb`]({name}.ipynb) as it ran for this book, at a small size: its figures show how it looks, and are no results."
    heading, *rest = parts[0].split("\n", 1)
    return "\n\n".join([heading, note, *rest, *parts[1:]]) + "\n"


def write(run, pages, config):
    """Writes the pages of the notebooks in the folder `run`, and returns the settings of the book with them."""
    lines = ["      - Notebooks:\n", "          - Notebooks: notebooks/README.md\n"]
    for name in NOTEBOOKS:
        file = Path(run) / f"{name}.ipynb"
        if not file.is_file():
            raise SystemExit(f"generate: {file} is missing; give a folder with all notebooks as they were run")
        notebook = json.loads(file.read_text(encoding="utf-8"))
        made = page(name, notebook, pages / "notebooks" / f"{name}-shown")
        (pages / "notebooks" / f"{name}.md").write_text(made, encoding="utf-8")
        lines.append(f"          - \"{made.splitlines()[0].removeprefix('# ')}\": notebooks/{name}.md\n")
    assert PLACE in config, "mkdocs.yml has no place for the notebooks"
    return config.replace(PLACE, "".join(lines))

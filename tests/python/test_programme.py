"""docs/programme.md, the action programme line by line: what it names is there, its counts are those of its rows."""

import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "programme.md"
MARKS = ("whole", "partly", "not")
HEAD = ["document", "the model", "where", "mark", "what is missing, and why"]
# Lines of the document.
LAST_LINE = 1449
EMPTY = "–"


def cells(line):
    """The cells of a row of a table."""
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


@cache
def rows():
    """Part and cells of every row of the page, in order."""
    found, part = [], None
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            part = line[3:]
        elif part and line.startswith("|") and cells(line) != HEAD and not line.startswith("|---"):
            found.append((part, cells(line)))
    return found


def counts(of):
    """The table of counts at the head of the page, made from rows."""
    parts = list(dict.fromkeys(part for part, _ in of))
    marks = [(part, row[3]) for part, row in of]
    number = {part: [sum(1 for own, mark in marks if (own, mark) == (part, one)) for one in MARKS] for part in parts}
    number["all"] = [sum(numbers[at] for numbers in number.values()) for at in range(len(MARKS))]
    lines = ["| part | whole | partly | not |", "|---|---|---|---|"]
    return "\n".join(lines + [f"| {part} | {' | '.join(map(str, numbers))} |" for part, numbers in number.items()])


def named():
    """Everything that the rows name in code marks, each once."""
    return sorted({name for _, row in rows() for name in re.findall(r"`([^`]+)`", row[2])})


@cache
def model():
    """The files of the model as one table."""
    whole = {}

    def put(into, of):
        for key, value in of.items():
            if isinstance(value, dict) and isinstance(into.get(key), dict):
                put(into[key], value)
            else:
                into[key] = value

    folder = ROOT / "models" / "g4-2008"
    for file in [*folder.glob("*.toml"), *folder.glob("interventions/*.toml")]:
        put(whole, tomllib.loads(file.read_text(encoding="utf-8")))
    return whole


def has_key(name):
    """Whether the model has a key."""
    of = model()
    for part in name.split("."):
        if not isinstance(of, dict) or part not in of:
            return False
        of = of[part]
    return True


@cache
def columns(table):
    """The columns of a table as its declaration has them; empty if there is no such table."""
    for file in sorted((ROOT / "src" / "outcomes").rglob("*.rs")):
        text = file.read_text(encoding="utf-8")
        if f'name: "{table}"' not in text:
            continue
        # A table in a folder of its own has its columns in that folder.
        own = [file] if file.parent.name == "outcomes" else sorted(file.parent.glob("*.rs"))
        texts = [path.read_text(encoding="utf-8") for path in own]
        # A column is a word in quotation marks, or the head of a line of a list of counts.
        word = re.compile(r'"([a-z][a-z0-9_]*)"|^ +([a-z][a-z0-9_]*): "', re.M)
        return {quoted or listed for text in texts for quoted, listed in word.findall(text)}
    return set()


def is_there(name):
    """Whether what the page names exists: a test, a scenario, a file, a key of the model, or a column of a table."""
    file, _, inside = name.partition("::")
    if inside:
        path = ROOT / file
        return path.is_file() and f"\nfn {inside}(" in path.read_text(encoding="utf-8")
    file, _, inside = name.partition("#")
    if "/" in file:
        path = ROOT / file
        if not inside:
            return path.is_file()
        return path.is_file() and inside in tomllib.loads(path.read_text(encoding="utf-8"))["scenarios"]
    if has_key(name):
        return True
    table, _, column = name.partition(".")
    return bool(column) and column in columns(table)


def test_the_page_has_rows_of_every_part():
    assert len(rows()) > 80, f"{len(rows())} rows were read"
    assert len({part for part, _ in rows()}) == 9


@pytest.mark.parametrize("row", [row for _, row in rows()], ids=lambda row: row[0][:60])
def test_a_row_has_lines_a_mark_and_what_belongs_to_it(row):
    assert len(row) == len(HEAD), f"{len(row)} cells"
    document, model_has, where, mark, missing = row
    lines = [int(number) for number in re.findall(r"(?<=L)\d+|(?<=\d-)\d+", document.replace("-L", "-"))]
    assert lines and all(1 <= number <= LAST_LINE for number in lines), document
    assert mark in MARKS, f"{mark} is no mark"
    assert model_has, "what the model has is not said"
    if mark == "whole":
        assert missing == EMPTY, "what is whole lacks nothing"
        assert re.search(r"`(tests|experiments)/", where), "name a test or an experiment that would show its absence"
    else:
        assert len(missing) > 10, "what is missing is not said"


@pytest.mark.parametrize("name", named())
def test_what_the_page_names_is_there(name):
    assert is_there(name), f"docs/programme.md names `{name}`, which is not there"


@pytest.mark.parametrize(
    "name",
    [
        "tests/plans.rs::no_such_test",
        "experiments/pilots.toml#no-such-scenario",
        "experiments/no-such.toml",
        "interventions.no_such_card.coverage",
        "chain.desk.no_such_key",
        "yearly.no_such_column",
        "no_such_table.city",
        "yearly",
    ],
)
def test_what_is_not_there_is_seen(name):
    assert not is_there(name)


def test_counts_at_the_head_are_those_of_the_rows():
    text = PAGE.read_text(encoding="utf-8")
    stated = re.search(r"<!-- counts -->\n(.*?)\n<!-- /counts -->", text, re.S)
    expected = counts(rows())
    assert stated and stated[1] == expected, f"write between the marks of the counts:\n{expected}"


def test_counts_are_made_from_marks():
    made = counts([("A", ["", "", "", "whole", ""]), ("A", ["", "", "", "not", ""]), ("B", ["", "", "", "not", ""])])
    assert made.splitlines()[2:] == ["| A | 1 | 0 | 1 |", "| B | 0 | 0 | 1 |", "| all | 1 | 0 | 2 |"]


@cache
def action_programme():
    return tomllib.loads((ROOT / "experiments" / "action-programme.toml").read_text(encoding="utf-8"))["scenarios"]


@cache
def cards():
    """Every measure by its key."""
    found = {}
    for path in sorted((ROOT / "models" / "g4-2008" / "interventions").glob("*.toml")):
        found |= tomllib.loads(path.read_text(encoding="utf-8")).get("interventions", {})
    return found


def hopes(table, at):
    """The values that notes hope for, by key."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from hopes(value, f"{at}.{key}")
    if hoped := re.search(r"hoped for (\.\d+|\d+\.\d+)", str(table.get("note", ""))):
        yield at, float(hoped[1])


def test_every_hope_on_a_card_is_in_the_scenario_of_hopes():
    hoped = dict(pair for key, card in cards().items() for pair in hopes(card, f"interventions.{key}"))
    assert len(hoped) > 5 and action_programme()["as-hoped"]["set"] == hoped


def test_half_of_the_means_is_half_of_every_measure_of_the_programme():
    chapters = action_programme()["partial-means"]["measures"]["programme"]
    of_programme = {key for key, card in cards().items() if card.get("chapter") in chapters}
    halved = action_programme()["partial-means"]["set"]
    assert {key.split(".")[1] for key in halved} == of_programme and set(halved.values()) == {0.5}

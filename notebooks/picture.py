"""One picture of a run: how many have used violence against a partner by each age, by their childhood.

    python3 notebooks/picture.py RUN > notebooks/picture.svg

Reads `cohorts.parquet` of a run folder with polars and writes one SVG, text as text, each line named at its end.
"""

import sys
from pathlib import Path

import polars as pl

GROUPS = [
    ("both", "witnessed and maltreated", "#7a0403", ""),
    ("witnessed", "witnessed", "#c4540c", ""),
    ("maltreated", "maltreated", "#1f6fb2", "7 5"),
    ("none", "neither", "#3b3b3b", ""),
]
WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 820, 400, 56, 240, 64, 48
AGES = range(18, 40)


def curve(table: pl.DataFrame, childhood: str) -> list[tuple[int, float]]:
    """Share with a first use before the end of each age: one minus the product of what is left (Kaplan and Meier)."""
    rows = table.filter(pl.col("childhood") == childhood).group_by("age").agg(pl.sum("at_risk_use", "first_use")).sort("age")
    left, points = 1.0, []
    for age, at_risk, first in rows.iter_rows():
        if age in AGES and at_risk > 0:
            left *= 1 - first / at_risk
            points.append((age + 1, 1 - left))
    return points


def main(run: str) -> None:
    table = pl.read_parquet(Path(run) / "cohorts.parquet").filter(
        pl.col("city") == "G4", pl.col("sex") == "male", pl.col("birth_year").is_between(1990, 2006)
    )
    curves = {name: curve(table, name) for name, *_ in GROUPS}
    top = max(y for points in curves.values() for _, y in points)
    top = -(-int(top * 100) // 10) * 0.1 + 0.0
    x = lambda age: LEFT + (age - 18) / 22 * (WIDTH - LEFT - RIGHT)
    y = lambda share: HEIGHT - BOTTOM - share / top * (HEIGHT - TOP - BOTTOM)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13" role="img"'
        ' aria-label="Cumulative share of men who have used violence against a partner, by age and childhood">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        '<text x="16" y="26" font-size="16" font-weight="bold">Most who grow up with violence never use it; more of them do than of others</text>',
        '<text x="16" y="46" fill="#555">Men born 1990-2006 who grew up in the four cities: share who have used violence against a partner, by age</text>',
    ]
    for tenth in range(int(top * 10 + 0.5) + 1):
        share = tenth / 10
        out.append(f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y(share):.1f}" y2="{y(share):.1f}" stroke="#ddd"/>')
        out.append(f'<text x="{LEFT - 8}" y="{y(share) + 4:.1f}" text-anchor="end" fill="#555">{tenth * 10} %</text>')
    for age in (20, 25, 30, 35, 40):
        out.append(f'<text x="{x(age):.1f}" y="{HEIGHT - BOTTOM + 22}" text-anchor="middle" fill="#555">{age}</text>')
    out.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 8}" text-anchor="middle" fill="#555">age</text>')
    taken: list[float] = []
    for name, label, colour, dashes in sorted(GROUPS, key=lambda group: -curves[group[0]][-1][1]):
        points = [(18, 0.0), *curves[name]]
        path = " ".join(f"{x(age):.1f},{y(share):.1f}" for age, share in points)
        out.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2.5" stroke-dasharray="{dashes}"/>')
        age, share = points[-1]
        at = y(share) + 4
        at = max(at, taken[-1] + 17) if taken else at
        taken.append(at)
        out.append(f'<text x="{x(age) + 8:.1f}" y="{at:.1f}" fill="{colour}">{label}: {share:.0%}</text>'.replace("%<", " %<"))
    out.append("</svg>")
    print("\n".join(out))


if __name__ == "__main__":
    main(sys.argv[1])

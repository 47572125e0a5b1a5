"""Generated titles with some wrong labels."""

from __future__ import annotations

import random

import pandas as pd

WORDS = {
    "sport": ["goal", "match", "team", "coach", "league"],
    "food": ["bread", "soup", "cheese", "oven", "salt"],
    "music": ["song", "band", "drum", "tour", "album"],
}


def titles(rows: int = 400, wrong: float = 0.1, seed: int = 1) -> pd.DataFrame:
    """`title`, `category` (given), `true`; the index is no range."""
    rng = random.Random(seed)
    names = list(WORDS)
    true = [names[i % 3] for i in range(rows)]
    given = [
        rng.choice([other for other in names if other != one]) if rng.random() < wrong else one
        for one in true
    ]
    title = [" ".join(rng.choices(WORDS[one], k=4)) + f" {i}" for i, one in enumerate(true)]
    return pd.DataFrame(
        {"title": title, "category": given, "true": true}, index=[f"row-{i}" for i in range(rows)]
    )

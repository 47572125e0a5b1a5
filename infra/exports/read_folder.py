"""Reads a dataset folder by `datasets` and `mlcroissant`, and compares it with the plain exports.

read_folder.py FOLDER PREFIX, where PREFIX-SPLIT.jsonl is the plain export of a split.
"""

import json
import os
import sys
import tempfile

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HOME"] = tempfile.mkdtemp()

import datasets  # noqa: E402
import mlcroissant  # noqa: E402

datasets.disable_progress_bars()
folder, prefix = sys.argv[1:]
croissant = mlcroissant.Dataset(os.path.join(folder, "croissant.json"))
if errors := croissant.metadata.issues.errors:
    sys.exit(f"croissant.json: {errors}")

OWN = ["id", "text", "ordinal", "line", "rank", "normalizedMargin", "review"]


def own(row, name):
    """Winnow's column, whose name gives way to one of the file."""
    while f"winnow_{name}" in row:
        name = f"winnow_{name}"
    return row[name]


for config in datasets.get_dataset_config_names(folder):
    rows = datasets.load_dataset(folder, config)["train"]
    with open(f"{prefix}-{config}.jsonl", encoding="utf-8", newline="\n") as lines:
        wanted = [json.loads(line) for line in lines]
    assert len(rows) == len(wanted), (config, len(rows), len(wanted))
    classes = {name: of for name, of in rows.features.items() if isinstance(of, datasets.ClassLabel)}
    assert len(classes) >= 2, classes
    label = next(iter(classes.values()))
    name_of = lambda index: None if index is None else label.int2str(index)  # noqa: E731
    for row, want in zip(rows, wanted):
        for name in OWN:
            assert own(row, name) == own(want, name), (config, name, row, want)
        for name in ["label", "suggested"] + (["given"] if config == "relabelled" else []):
            assert name_of(own(row, name)) == own(want, name), (config, name, row, want)
        if config == "soft":
            shares = list(zip(map(name_of, own(row, "softLabels")), own(row, "softProbabilities")))
            assert shares == [(one["label"], one["probability"]) for one in want["soft"]]
        assert len(row) >= len(want) - ("trueLabel" in want), (sorted(row), sorted(want))
    records = list(croissant.records(config))
    assert len(records) == len(rows), (config, len(records))
    texts = [record[f"{config}/text"].decode() for record in records]
    assert texts == list(rows["text"]), config
    print(f"{config}: {len(rows)} rows, {len(rows.features)} columns, {len(label.names)} classes")
    if config == "cleaned":
        print("  " + ", ".join(f"{name} {of.dtype}" for name, of in rows.features.items()))

"""Writes tables with Python's csv module: one JSON object a line, for python-tables.test.ts."""

import base64
import csv
import io
import json
import random
import sys

count = int(sys.argv[1])
draw = random.Random(14)

MARKS = ['"', '"', '""', ",", "\t", "\n", "\r\n", "\r", " ", "\\", '\\"', "'", ";", "|", "word", "x", "=1"]
WIDE = {
    "utf-8": ["汉字", "\U0001F600", "é", "\u3000", "\u2028"],
    "utf-16": ["汉字", "\U0001F600", "é", "\u3000", "\u2028"],
    "utf-16le": ["汉字", "\U0001F600"],
    "utf-16be": ["汉字", "\U0001F600"],
    "gb18030": ["汉字", "\U0001F600", "€"],
    "big5": ["許功蓋", "四"],
    "shift_jis": ["表ソポ", "ｱ"],
    "euc-kr": ["한국어", "똠"],
    "windows-1252": ["“ö”", "€"],
}
CODECS = {"euc-kr": "cp949", "shift_jis": "cp932", "big5": "cp950", "windows-1252": "cp1252"}
CODECS |= {"utf-16le": "utf-16-le", "utf-16be": "utf-16-be"}
DIALECTS = [
    ({}, {"quoting": csv.QUOTE_MINIMAL}),
    ({}, {"quoting": csv.QUOTE_ALL}),
    ({"escape": "backslash"}, {"doublequote": False, "escapechar": "\\"}),
    ({"quote": "none", "escape": "backslash"}, {"quoting": csv.QUOTE_NONE, "escapechar": "\\"}),
]


def cell(pieces):
    return "".join(draw.choice(pieces) for _ in range(draw.randrange(7)))


number = 0
while number < count:
    kind = "tsv" if number % 2 else "csv"
    encoding = draw.choice(list(WIDE)) if draw.random() < 0.5 else "utf-8"
    pieces = MARKS + WIDE[encoding]
    options, dialect = draw.choice(DIALECTS)
    rows = [["one", "a", "x"], ["two", "b", "y"]]
    rows += [[cell(pieces) for _ in range(3)] for _ in range(draw.randrange(8))]
    if options.get("escape"):
        # An escaped return before a line's end would be the line's own.
        rows = [[value.rstrip("\r") for value in row] for row in rows]
    dialect = {"delimiter": "\t" if kind == "tsv" else ",", "lineterminator": draw.choice(["\n", "\r\n"]), **dialect}
    file = io.StringIO(newline="")
    writer = csv.writer(file, **dialect)
    writer.writerow(["text", "label", "extra"])
    lines = []
    for row in rows:
        lines.append(file.getvalue().count("\n") + 1)
        writer.writerow(row)
    # Some versions of the module do not escape the escape character.
    if list(csv.reader(io.StringIO(file.getvalue(), newline=""), **dialect))[1:] != rows:
        continue
    content = file.getvalue().encode(CODECS.get(encoding, encoding))
    format = {"type": kind, "encoding": encoding, **options}
    number += 1
    print(json.dumps({"file": base64.b64encode(content).decode(), "format": format, "rows": rows, "lines": lines}))

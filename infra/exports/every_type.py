"""Writes a parquet file with a column of every type that Arrow writes: every_type.py FILE."""

import datetime
import decimal
import sys
import uuid

import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 300


def column(value, arrow_type):
    return pa.array([None if i % 7 == 0 else value(i) for i in range(ROWS)], arrow_type)


DAY = datetime.date(2024, 2, 29)
TIME = datetime.datetime(2024, 2, 29, 12, 30, 15, 123456)
TYPES = {
    **{f"int{bits}": (lambda i: i % 100 - 50, getattr(pa, f"int{bits}")()) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": (lambda i: i % 100, getattr(pa, f"uint{bits}")()) for bits in (8, 16, 32, 64)},
    "float16": (lambda i: i / 4, pa.float16()),
    "float32": (lambda i: i / 4, pa.float32()),
    "float64": (lambda i: i / 3, pa.float64()),
    "bool": (lambda i: i % 2 == 0, pa.bool_()),
    "string": (lambda i: f"ü {i}", pa.string()),
    "large_string": (lambda i: f"{i}", pa.large_string()),
    "binary": (lambda i: bytes([i % 256, 255]), pa.binary()),
    "fixed": (lambda i: bytes([i % 256]) * 4, pa.binary(4)),
    "uuid": (lambda i: uuid.UUID(int=i).bytes, pa.uuid()),
    "date32": (lambda i: DAY + datetime.timedelta(i), pa.date32()),
    "time_ms": (lambda i: TIME.time().replace(microsecond=0), pa.time32("ms")),
    "time_us": (lambda i: TIME.time(), pa.time64("us")),
    "ts_ms": (lambda i: TIME.replace(microsecond=0), pa.timestamp("ms")),
    "ts_us": (lambda i: TIME, pa.timestamp("us")),
    "ts_ns_utc": (lambda i: TIME, pa.timestamp("ns", tz="UTC")),
    "duration": (lambda i: i, pa.duration("ms")),
    "decimal": (lambda i: decimal.Decimal(f"{i}.25"), pa.decimal128(7, 2)),
    "big_decimal": (lambda i: decimal.Decimal(i), pa.decimal256(50, 0)),
    "list": (lambda i: [i, None], pa.list_(pa.int32())),
    "struct": (lambda i: {"a": i, "b": [f"{i}"]}, pa.struct([("a", pa.int8()), ("b", pa.list_(pa.string()))])),
    "dictionary": (lambda i: "ab"[i % 2], pa.dictionary(pa.int8(), pa.string())),
}
TYPES["struct"] = (lambda i: {"a": i % 100, "b": [f"{i}"]}, TYPES["struct"][1])

columns = {
    "text": pa.array([f"word{i % 3} other{i % 3} thing{i % 5} {i}" for i in range(ROWS)]),
    "label": pa.array([["one", "two", "three"][(i + (i % 13 == 0)) % 3] for i in range(ROWS)]),
    **{name: column(*of) for name, of in TYPES.items()},
}
pq.write_table(pa.table(columns), sys.argv[1])

"""Prints a file of Parquet, Arrow or CSV as JSON lines: decimals as text, times in microseconds, and first the types of its columns."""

import csv
import json
import sys
from decimal import Decimal

import pyarrow as arrow
import pyarrow.parquet as parquet


def as_json(value):
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.decode() if isinstance(value, bytes) else value


file = sys.argv[1]
if file.endswith(".csv"):
    with open(file, newline="") as text:
        rows = list(csv.DictReader(text))
    types = {name: "text" for name in (rows[0] if rows else [])}
else:
    table = parquet.read_table(file) if file.endswith(".parquet") else arrow.ipc.open_file(file).read_all()
    types = {field.name: str(field.type) for field in table.schema}
    for name in table.schema.names:
        if arrow.types.is_timestamp(table.schema.field(name).type):
            at = table.schema.get_field_index(name)
            table = table.set_column(at, name, table.column(name).cast(arrow.int64()))
    rows = table.to_pylist()
print(json.dumps(types))
for row in rows:
    print(json.dumps({name: as_json(value) for name, value in row.items()}))

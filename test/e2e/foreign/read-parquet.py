"""Prints a Parquet file as JSON lines: decimals as text, times in microseconds, and first the types of its columns."""

import json
import sys
from decimal import Decimal

import pyarrow as arrow
import pyarrow.parquet as parquet

table = parquet.read_table(sys.argv[1])
print(json.dumps({field.name: str(field.type) for field in table.schema}))
for name in table.schema.names:
    if arrow.types.is_timestamp(table.schema.field(name).type):
        at = table.schema.get_field_index(name)
        table = table.set_column(at, name, table.column(name).cast(arrow.int64()))
for row in table.to_pylist():
    print(json.dumps({k: format(v, "f") if isinstance(v, Decimal) else v for k, v in row.items()}))

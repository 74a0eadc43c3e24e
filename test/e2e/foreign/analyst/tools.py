"""Lists the tables of a database and runs the queries of standard input, which NUL divides, as tools of Python do."""

import json
import os
import sys

import clickhouse_connect
import clickhouse_driver

tool, host, port, user, database = sys.argv[1:]
password = os.environ["ANALYST_PASSWORD"]
queries = sys.stdin.read().split("\0")

if tool == "clickhouse-connect":
    # As Superset's driver does: with a setting of its own in every query.
    client = clickhouse_connect.get_client(
        host=host, port=int(port), username=user, password=password, database=database, settings={"max_threads": 1}
    )
    rows = lambda query: client.query(query).result_rows
else:
    client = clickhouse_driver.Client(
        host, port=int(port), user=user, password=password, database=database, settings={"max_threads": 1}
    )
    rows = lambda query: client.execute(query)


def text(value):
    if value is None:
        return None
    return format(value, "f") if hasattr(value, "as_tuple") else str(value)


tables = [row[0] for row in rows(f"SHOW TABLES FROM {database}")]
results = [[[text(cell) for cell in row] for row in rows(query)] for query in queries]
print(json.dumps({"tables": tables, "results": results}))

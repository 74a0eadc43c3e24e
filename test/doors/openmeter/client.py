"""What a program with OpenMeter's client sends and asks: client.py send|ask URL KEY"""

import datetime
import json
import sys

from openmeter import Client
from openmeter.models import Event

what, url, key = sys.argv[1:]
client = Client(endpoint=url, token=key, retry_backoff_factor=0.01)


def event(number, tokens, time="2026-10-25T12:00:00+00:00"):
    return Event(
        id=str(number),
        source="worker",
        specversion="1.0",
        type="llm.usage",
        subject="om-py",
        time=datetime.datetime.fromisoformat(time),
        data={"tokens": tokens, "model": "large"},
    )


if what == "send":
    client.events.ingest_event(event(1, 10))
    client.events.ingest_events([event(2, 20), event(3, 30)])
    client.events.ingest_events_json([event(3, 30), event(4, 40)])
    client.events.ingest_events_json(event(5, 50))
if what == "ask":
    usage = client.meters.query_json("tokens", subject=["om-py"], window_size="HOUR")
    table = client.meters.query_csv("tokens", subject=["om-py"], group_by=["model"])
    csv = table if isinstance(table, str) else b"".join(table).decode()
    subjects = list(client.meters.list_subjects("tokens"))
    print(json.dumps({"usage": usage.as_dict(), "csv": csv, "subjects": subjects}))

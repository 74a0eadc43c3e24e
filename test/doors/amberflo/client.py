"""What a program with Amberflo's client sends and asks: client.py send|ask URL KEY TIME"""

import json
import sys
from datetime import datetime

from metering.ingest import create_ingest_client
from metering.session import ApiSession, IngestSession
from metering.usage import (
    AggregationType,
    Take,
    TimeGroupingInterval,
    TimeRange,
    UsageApiClient,
    create_all_usage_query,
    create_usage_query,
)

what, url, key, time = sys.argv[1:]
IngestSession.root_url = url
ApiSession.root_url = url
seconds = int(datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp())


def send():
    client = create_ingest_client(api_key=key, batch_size=2, send_interval_in_secs=0.1, threads=1)

    def call(unique_id, value, dimensions={"model": "large"}):
        client.meter("chatbot_calls", value, seconds * 1000, "amberflo", dimensions, unique_id)

    # Ten calls at once are one event; sent twice it is the same one.
    call("u-1", 10)
    call("u-1", 10)
    call("u-2", 1, {"meterValue": "another"})
    client.flush()
    client.join()


def ask():
    client = UsageApiClient(key)
    day = seconds - seconds % 86400
    query = create_usage_query(
        AggregationType.COUNT,
        "chatbot_calls",
        TimeGroupingInterval.DAY,
        TimeRange(start_time_in_seconds=day - 86400),
        group_by=["customerId", "model"],
        usage_filter={"customerId": ["amberflo"]},
        take=Take(limit=10),
    )
    every = create_all_usage_query(
        time_range=TimeRange(start_time_in_seconds=day),
        time_grouping_interval=TimeGroupingInterval.DAY,
    )
    answers = {"one": client.get(query), "batch": client.get([query]), "all": client.get_all(every)}
    print(json.dumps(answers))


send() if what == "send" else ask()

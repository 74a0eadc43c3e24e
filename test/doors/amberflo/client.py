"""What a program with Amberflo's client sends: client.py send URL KEY TIME"""

import sys
from datetime import datetime

from metering.ingest import create_ingest_client
from metering.session import IngestSession

_, url, key, time = sys.argv[1:]
IngestSession.root_url = url
client = create_ingest_client(api_key=key, batch_size=2, send_interval_in_secs=0.1, threads=1)
millis = int(datetime.fromisoformat(time.replace("Z", "+00:00")).timestamp() * 1000)


def call(unique_id, value, dimensions={"model": "large"}):
    client.meter("chatbot_calls", value, millis, "amberflo", dimensions, unique_id)


# Ten calls at once are one event; sent twice it is the same one.
call("u-1", 10)
call("u-1", 10)
call("u-2", 1, {"meterValue": "another"})
client.flush()
client.join()

"""What a program with Lago's client sends and asks: client.py send|ask URL KEY"""

import json
import sys

from lago_python_client.client import Client
from lago_python_client.models import BatchEvent, Event

what, url, key = sys.argv[1:]
client = Client(api_key=key, api_url=url)
subscription = "lago-py:by_token"


def event(transaction, tokens, timestamp="1792929600"):
    return Event(
        transaction_id=transaction,
        external_subscription_id=subscription,
        code="llm.usage",
        timestamp=timestamp,
        properties={"tokens": tokens, "model": "large"},
    )


def surely(send):
    """The client gives a 503 up: a program that saw it fail sends again."""
    try:
        return send()
    except Exception:
        return send()


if what == "send":
    one = surely(lambda: client.events.create(event("lago-py-1", 7)))
    events = [event("lago-py-1", 7), event("lago-py-2", 8, 1792929600)]
    surely(lambda: client.events.batch_create(BatchEvent(events=events)))
    print(json.dumps({"one": one.transaction_id}))
if what == "ask":
    usage = client.customers.current_usage("lago-py", subscription)
    print(json.dumps({"cents": usage.amount_cents, "units": usage.charges_usage[0].units}))

"""Writes usage events straight into Kafka: one JSON object per line of standard input, `tenant` included."""

import json
import sys

from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient, topic_record_subject_name_strategy
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

brokers, registry, topic = sys.argv[1:]
client = SchemaRegistryClient({"url": registry})
schema = client.get_latest_version(f"{topic}-tallybook.UsageReported").schema
serialize = AvroSerializer(
    client,
    schema,
    conf={
        "auto.register.schemas": False,
        "subject.name.strategy": topic_record_subject_name_strategy,
    },
)
# murmur2 is Java's partitioner, and ours; librdkafka's own default is another.
producer = Producer(
    {
        "bootstrap.servers": brokers,
        "enable.idempotence": True,
        "partitioner": "murmur2",
        "compression.type": "lz4",
    }
)
places = []


def delivered(error, message):
    if error is not None:
        raise SystemExit(f"not delivered: {error}")
    places.append({"partition": message.partition(), "offset": message.offset()})


for line in sys.stdin:
    event = json.loads(line)
    identity = "\x1f".join([event["tenant"], event["source"], event["id"]])
    value = serialize(event, SerializationContext(topic, MessageField.VALUE))
    producer.produce(topic, key=identity.encode(), value=value, on_delivery=delivered)
if producer.flush(60) > 0:
    raise SystemExit("Kafka did not take everything within a minute")
print(json.dumps(places))

"""Reads what is committed in a topic by what the registry says of it: one JSON object per record."""

import json
import sys

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

brokers, registry, topic = sys.argv[1:]
deserialize = AvroDeserializer(SchemaRegistryClient({"url": registry}))
consumer = Consumer(
    {
        "bootstrap.servers": brokers,
        "group.id": "a-reader",
        "enable.auto.commit": False,
        "isolation.level": "read_committed",
        "enable.partition.eof": False,
    }
)
for partition in sorted(consumer.list_topics(topic, timeout=30).topics[topic].partitions):
    at = TopicPartition(topic, partition, 0)
    end = consumer.get_watermark_offsets(at, timeout=30)[1]
    consumer.assign([at])
    while consumer.position([at])[0].offset < end:
        message = consumer.poll(30)
        if message is None:
            break
        if message.error() is not None:
            raise SystemExit(str(message.error()))
        fact = deserialize(message.value(), SerializationContext(topic, MessageField.VALUE))
        print(json.dumps({"partition": partition, "offset": message.offset(), "fact": fact}, default=str))
consumer.close()

"""Reads what is committed in a topic by what the registry says of it: one JSON object per record."""

import json
import sys

from confluent_kafka import Consumer, KafkaError, TopicPartition
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
        "enable.partition.eof": True,
    }
)
for partition in sorted(consumer.list_topics(topic, timeout=30).topics[topic].partitions):
    consumer.assign([TopicPartition(topic, partition, 0)])
    while True:
        message = consumer.poll(30)
        if message is None:
            raise SystemExit("Kafka did not answer within half a minute")
        if message.error() is not None:
            if message.error().code() == KafkaError._PARTITION_EOF:
                break
            raise SystemExit(str(message.error()))
        fact = deserialize(message.value(), SerializationContext(topic, MessageField.VALUE))
        print(json.dumps({"partition": partition, "offset": message.offset(), "fact": fact}, default=str))
consumer.close()

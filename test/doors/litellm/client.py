"""What LiteLLM's callbacks send: client.py send URL KEY TIME"""

import asyncio
import os
import sys

_, url, key, _ = sys.argv[1:]
# The callbacks find their addresses when they are made.
os.environ.update(
    GENERIC_LOGGER_ENDPOINT=f"{url}/v1/litellm",
    GENERIC_LOGGER_HEADERS=f"Authorization=Bearer {key}",
    LITELLM_LOCAL_MODEL_COST_MAP="True",
)
import litellm  # noqa: E402

litellm.telemetry = False
litellm.callbacks = ["generic_api"]


async def main():
    for _ in range(2):
        await litellm.acompletion(
            model="gpt-4o-mini",
            messages=[{"role": "user", "content": "SECRET hello"}],
            mock_response="SECRET hi",
            user="litellm",
        )
    # Batches go every five seconds.
    await asyncio.sleep(8)


asyncio.run(main())

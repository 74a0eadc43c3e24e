import uuid

import schemathesis


@schemathesis.hook
def map_headers(ctx, headers):
    """Most commands have a key of their own: with the few that are tried first, nearly all would be told that it was used."""
    if headers and headers.get("Idempotency-Key", "").isalnum() and len(headers["Idempotency-Key"]) < 4:
        headers["Idempotency-Key"] = str(uuid.uuid4())
    return headers

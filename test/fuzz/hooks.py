"""Makes half of what is asked be about something that is there, so that it is not refused at once for a name."""

import re
import uuid

import schemathesis

CUSTOMER, PLAN, METER = "fuzzed", "ai_developer", "input_tokens"

IDS = {
    "/v1/customers/": CUSTOMER,
    "/v1/plans/": PLAN,
    "/v1/meters/": METER,
    "/v1/subscriptions/": f"{CUSTOMER}:{PLAN}",
}

# What is valid by the schema and means nothing is replaced; what is not stays, for it has to be refused.
MEANT = {
    "currency": (re.compile(r"[A-Z]{3}"), "USD"),
    "time_zone": (re.compile(r".+"), "UTC"),
    "plan": (re.compile(r"[A-Za-z0-9_.:-]{1,255}"), PLAN),
    "customer": (re.compile(r"[!-~]{1,255}"), CUSTOMER),
    "meter": (re.compile(r"[A-Za-z0-9_.:-]{1,255}"), METER),
}


@schemathesis.hook
def map_headers(ctx, headers):
    """Most commands have a key of their own: with the few that are tried first, nearly all would be told that it was used."""
    if headers and len(headers.get("Idempotency-Key", "-" * 9)) < 4 and headers["Idempotency-Key"].isalnum():
        headers["Idempotency-Key"] = str(uuid.uuid4())
    return headers


@schemathesis.hook
def map_path_parameters(ctx, path_parameters):
    if path_parameters and isinstance(path_parameters.get("id"), str) and len(path_parameters["id"]) % 2 == 0:
        for prefix, known in IDS.items():
            if ctx.operation.path.startswith(prefix):
                path_parameters["id"] = known
    return path_parameters


@schemathesis.hook
def map_body(ctx, body):
    # To publish the same plan or meter again and again would leave no other.
    makes = ctx.operation.path in ("/v1/plans", "/v1/meters", "/v1/customers")
    return body if makes and len(str(body)) % 2 == 0 else meant(body)


def meant(value):
    if isinstance(value, list):
        return [meant(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {name: known(name, each) for name, each in value.items()}


def known(name, value):
    pattern, replacement = MEANT.get(name, (None, None))
    if pattern is None or not isinstance(value, str):
        return meant(value)
    return replacement if pattern.fullmatch(value) else value

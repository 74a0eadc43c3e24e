"""Asks by the native protocol as if another server had passed on a query of another user's: who that is, the client says."""

import json
import os
import sys

from clickhouse_driver import Client
from clickhouse_driver.clientinfo import ClientInfo

host, port, user, pretended, query = sys.argv[1:]
write = ClientInfo.write


def forged(self, *args):
    self.query_kind = ClientInfo.QueryKind.SECONDARY_QUERY
    self.initial_user = pretended
    return write(self, *args)


ClientInfo.write = forged
client = Client(host, port=int(port), user=user, password=os.environ["ANALYST_PASSWORD"])
said = client.execute("SELECT currentUser()")
print(json.dumps({"pretended": said[0][0], "rows": client.execute(query)}, default=str))

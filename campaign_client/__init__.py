"""A client of Campaign Executor for Python programs.

```python
from campaign_client import Client

with Client("http://127.0.0.1:8000", token) as client:
    made = client.campaigns.create({"name": "Spring", "templateName": "spring_sale"})
    client.campaigns.populate(made["campaignId"], Path("people.csv"))
    client.campaigns.control(made["campaignId"], "start", reason="the offer begins")
    for person in client.campaigns.recipients(made["campaignId"], status="FAILED"):
        print(person["phone"], person["errorMessage"])
```

It is synchronous, waits and tries again by itself when that is safe, and raises `ApiError` when the
API refuses, `NotReachableError` when nobody answers. Answers are plain dictionaries, typed.
"""

from campaign_client.client import Client
from campaign_client.errors import ApiError, ClientError, NotReachableError

__all__ = ["ApiError", "Client", "ClientError", "NotReachableError"]

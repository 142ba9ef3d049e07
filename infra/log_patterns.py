"""Which lines of the functions' logs are counted, as patterns of CloudWatch's metric filters."""

PAUSED = '{ $.event = "campaign_paused" && $.cause != "DAILY_LIMIT" }'
WORKER_LOST = '{ $.event = "worker_lost" }'
TROUBLE = (
    '{ $.event = "store_unavailable" || $.event = "tick_trouble"'
    ' || $.event = "batch_trouble" || $.event = "update_trouble"'
    ' || $.event = "unreadable" || $.event = "erasure_waits"'
    ' || $.event = "import_trouble" }'
)
UNUSED = '{ $.event = "update_unused" && $.strange > 0 }'
ENDPOINT = '{ $.event = "endpoint_failing" || $.event = "endpoint_disabled" }'
REFUSED = '{ $.event = "signature_refused" }'
CAP_REACHED = '{ $.event = "campaign_paused" && $.cause = "DAILY_LIMIT" }'

"""The command line, `campaigns`: everything that the API does, for terminals and scripts.

It knows the API through `campaign_client` alone. Data goes to stdout, talk to stderr.
"""

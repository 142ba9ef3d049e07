"""The CDK entry: `python app.py` makes the template, `python -m infra.cdk deploy` deploys it."""

import sys

from infra.app import main

sys.exit(main())

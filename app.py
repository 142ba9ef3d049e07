"""The CDK entry: `python -m infra.cdk synth`, or `cdk synth`, runs this file."""

import sys

from infra.app import main

sys.exit(main())

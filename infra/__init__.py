"""The AWS stack. Importing this package picks the Node that the CDK library runs on."""

from infra.node import use_supported_node

use_supported_node()  # `aws_cdk` starts Node when it is imported: this must come before

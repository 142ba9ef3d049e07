"""Our stack for an emulator without TLS: the refusal of plain HTTP never applies to the console.

CloudFormation has the console's files published in the middle of the deployment, so this can't wait
until it has ended. That the refusal stands in the template is the business of tests/infra.
"""

from aws_cdk import App
from aws_cdk.aws_s3 import CfnBucketPolicy

from infra.app import add_stack

app = App()
console = add_stack(app).node.find_child("Console")
for construct in console.node.find_all():
    if isinstance(construct, CfnBucketPolicy):
        never = {"StringEquals": {"aws:PrincipalType": "nobody"}}
        construct.add_property_override("PolicyDocument.Statement.0.Condition", never)
app.synth()

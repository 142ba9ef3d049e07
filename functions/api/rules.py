"""What each operation needs: the one table that decides who may do what.

The resolver asks it before anything else of a request is read. An operation that is not in it is
refused to everybody, and fails the build.
"""

from collections.abc import Mapping

from shared.domain.access import Permission

RULES: Mapping[str, Permission] = {
    "listCampaigns": Permission.READ,
    "getCampaign": Permission.READ,
    "listRecipients": Permission.READ,
    "exportRecipients": Permission.READ,
    "getProgress": Permission.READ,
    "getStats": Permission.READ,
    "listErrors": Permission.READ,
    "getRetryStats": Permission.READ,
    "getOverview": Permission.READ,
    "listEvents": Permission.READ,
    "getQuota": Permission.READ,
    "createCampaign": Permission.EDIT,
    "changeCampaign": Permission.EDIT,
    "duplicateCampaign": Permission.EDIT,
    "populateCampaign": Permission.EDIT,
    "sendTest": Permission.EDIT,
    "makeImport": Permission.EDIT,
    "startImport": Permission.EDIT,
    "listImports": Permission.READ,
    "getImport": Permission.READ,
    "controlCampaign": Permission.CONTROL,
    "retryFailed": Permission.CONTROL,
    "resolveUnconfirmed": Permission.CONTROL,
    "executeBatch": Permission.EXECUTE,
    "deleteCampaign": Permission.ADMINISTER,
    "erasePhone": Permission.ADMINISTER,
    "listErasures": Permission.ADMINISTER,
    "getErasure": Permission.ADMINISTER,
    "listSenders": Permission.READ,
    "getSender": Permission.READ,
    "listTemplates": Permission.READ,
    "registerSender": Permission.ADMINISTER,
    "changeSender": Permission.ADMINISTER,
    "checkSender": Permission.ADMINISTER,
    "releaseSender": Permission.ADMINISTER,
    "removeSender": Permission.ADMINISTER,
    "listSuppressions": Permission.READ,
    "exportSuppressions": Permission.READ,
    "addSuppressions": Permission.EDIT,
    "importSuppressions": Permission.EDIT,
    "removeSuppressions": Permission.ADMINISTER,
    "issueLiveTicket": Permission.READ,
    "listEndpoints": Permission.ADMINISTER,
    "registerEndpoint": Permission.ADMINISTER,
    "changeEndpoint": Permission.ADMINISTER,
    "testEndpoint": Permission.ADMINISTER,
    "removeEndpoint": Permission.ADMINISTER,
    "listUnusedUpdates": Permission.ADMINISTER,
}
"""By operation id."""

OPEN = frozenset({"openapiDocument", "swaggerPage"})
"""The API's description: the same for everybody, and in the source code anyway."""

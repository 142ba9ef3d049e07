// Made by describe_api.py of functions/api/rules.py, shared/domain/access.py and campaign.py.

/** What each role may do. */
export const GRANTS = {
  "org_admin": [
    "read",
    "edit",
    "control",
    "execute",
    "administer"
  ],
  "agent": [
    "read",
    "edit",
    "control"
  ],
  "viewer": [
    "read"
  ],
  "service": [
    "read",
    "execute"
  ]
} as const;

/** What each operation of the API needs. */
export const NEEDED = {
  "listCampaigns": "read",
  "getCampaign": "read",
  "listRecipients": "read",
  "exportRecipients": "read",
  "getProgress": "read",
  "getStats": "read",
  "listErrors": "read",
  "getRetryStats": "read",
  "getOverview": "read",
  "listEvents": "read",
  "getQuota": "read",
  "createCampaign": "edit",
  "changeCampaign": "edit",
  "duplicateCampaign": "edit",
  "populateCampaign": "edit",
  "sendTest": "edit",
  "makeImport": "edit",
  "startImport": "edit",
  "listImports": "read",
  "getImport": "read",
  "controlCampaign": "control",
  "retryFailed": "control",
  "resolveUnconfirmed": "control",
  "executeBatch": "execute",
  "deleteCampaign": "administer",
  "erasePhone": "administer",
  "listErasures": "administer",
  "getErasure": "administer",
  "listSenders": "read",
  "getSender": "read",
  "listTemplates": "read",
  "registerSender": "administer",
  "changeSender": "administer",
  "checkSender": "administer",
  "releaseSender": "administer",
  "removeSender": "administer",
  "listSuppressions": "read",
  "exportSuppressions": "read",
  "addSuppressions": "edit",
  "importSuppressions": "edit",
  "removeSuppressions": "administer",
  "issueLiveTicket": "read",
  "listEndpoints": "administer",
  "registerEndpoint": "administer",
  "changeEndpoint": "administer",
  "testEndpoint": "administer",
  "removeEndpoint": "administer",
  "listUnusedUpdates": "administer"
} as const;

/** In which states of a campaign each action is possible. */
export const POSSIBLE_IN = {
  "start": [
    "DRAFT"
  ],
  "pause": [
    "RUNNING",
    "SCHEDULED"
  ],
  "resume": [
    "PAUSED"
  ],
  "cancel": [
    "DRAFT",
    "PAUSED",
    "RUNNING",
    "SCHEDULED"
  ]
} as const;

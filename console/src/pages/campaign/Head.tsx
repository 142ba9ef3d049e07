import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import ButtonDropdown, {
  type ButtonDropdownProps,
} from "@cloudscape-design/components/button-dropdown";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useNavigate } from "react-router";

import type { Campaign } from "../../api/client";
import { useProgress } from "../../api/queries";
import { useMay } from "../../auth/usePerson";
import { PageLink } from "../../parts/PageLink";
import { CampaignBadge } from "../../parts/StatusBadge";
import { can, needsAttention, type Action } from "../campaigns/rows";
import { control, duplicate, remove } from "./actions";
import { retry } from "./settling";
import { deletable, sendsAgain, standingOf } from "./standing";

/** What it is called, how it stands, and what can be done to it now by whoever is here. */
export function Head({ campaign }: { campaign: Campaign }) {
  const progress = useProgress(campaign.campaignId);
  const waitsFor = campaign.status === "RUNNING" ? (progress.data?.waitsFor ?? null) : null;
  const standing = standingOf(campaign, waitsFor);
  const stopped = campaign.pauseCause === "SENDER_STOPPED" || waitsFor !== null;
  return (
    <SpaceBetween size="m">
      <Header
        variant="h1"
        description={`${campaign.templateName} · ${campaign.templateLanguage}`}
        info={<CampaignBadge status={campaign.status} attention={needsAttention(campaign)} />}
        actions={<Actions campaign={campaign} minutes={progress.data?.estimatedMinutes ?? null} />}
      >
        {campaign.name}
      </Header>
      {standing && (
        <Alert
          type={standing.type}
          header={standing.header}
          action={stopped && <PageLink to="/senders">Senders</PageLink>}
        >
          {standing.body.join(" ")}
        </Alert>
      )}
    </SpaceBetween>
  );
}

const MAIN: readonly [Action, string][] = [
  ["start", "Start"],
  ["pause", "Pause"],
  ["resume", "Resume"],
];

/** Only what its state and the person's role allow. */
function Actions({ campaign, minutes }: { campaign: Campaign; minutes: number | null }) {
  const may = useMay();
  const navigate = useNavigate();
  const { campaignId, status } = campaign;
  const edit = `/campaigns/${campaignId}/edit`;
  const controls = may("controlCampaign");
  const perform = async (what: string) => {
    if (what === "cancel") await control("cancel", campaign);
    else if (what === "retry") await retry(campaign, campaign.failedCount, null);
    else if (what === "delete" && (await remove(campaign))) await navigate("/campaigns");
    else if (what === "duplicate") {
      const copy = await duplicate(campaign);
      if (copy) await navigate(`/campaigns/${copy}/edit`);
    }
  };
  const more: ButtonDropdownProps.Items = [
    ...(may("duplicateCampaign") ? [{ id: "duplicate", text: "Duplicate" }] : []),
    ...(may("retryFailed") && campaign.failedCount && sendsAgain(campaign)
      ? [{ id: "retry", text: "Try failed ones again" }]
      : []),
    ...(controls && can("cancel", campaign) ? [{ id: "cancel", text: "Cancel" }] : []),
    ...(may("deleteCampaign") && deletable(campaign) ? [{ id: "delete", text: "Delete" }] : []),
  ];
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {more.length > 0 && (
        <ButtonDropdown items={more} onItemClick={({ detail }) => void perform(detail.id)}>
          More
        </ButtonDropdown>
      )}
      {status === "DRAFT" && may("changeCampaign") && (
        <Button
          href={edit}
          onFollow={(event) => {
            event.preventDefault();
            void navigate(edit);
          }}
        >
          Edit draft
        </Button>
      )}
      {controls &&
        MAIN.filter(([action]) => can(action, campaign)).map(([action, text]) => (
          <Button
            key={action}
            variant={action === "pause" ? "normal" : "primary"}
            onClick={() => void control(action, campaign, minutes)}
          >
            {text}
          </Button>
        ))}
    </SpaceBetween>
  );
}

import SpaceBetween from "@cloudscape-design/components/space-between";
import Tabs, { type TabsProps } from "@cloudscape-design/components/tabs";
import { useEffect } from "react";
import { useParams, useSearchParams } from "react-router";

import type { Campaign } from "../../api/client";
import { isMissing } from "../../api/errors";
import { live } from "../../api/live";
import { useCampaign } from "../../api/queries";
import { usePage } from "../../app/page";
import { Waiting } from "../../app/Waiting";
import { NotFound } from "../../parts/NotFound";
import { Problem } from "../../parts/Problem";
import { number } from "../../words";
import { Activity } from "./Activity";
import { Attention } from "./Attention";
import { Errors } from "./Errors";
import { Head } from "./Head";
import { Lists } from "./Lists";
import { Overview } from "./Overview";
import { Recipients } from "./Recipients";
import { Settings } from "./Settings";
import { needingAttention } from "./standing";

/** Everything about one campaign, as it happens. */
export default function CampaignPage() {
  const { id = "" } = useParams();
  const campaign = useCampaign(id);
  usePage(campaign.data?.name ?? "Campaign", { text: "Campaigns", href: "/campaigns" });
  useEffect(() => live.follow(id), [id]);
  if (campaign.data) return <Found campaign={campaign.data} />;
  if (isMissing(campaign.error)) return <NotFound what="campaign" />;
  if (campaign.error) return <Problem error={campaign.error} again={campaign.refetch} />;
  return <Waiting />;
}

function Found({ campaign }: { campaign: Campaign }) {
  const [search, setSearch] = useSearchParams();
  const tabs = tabsOf(campaign);
  const asked = search.get("tab");
  const active = tabs.find(({ id }) => id === asked)?.id ?? "overview";
  return (
    <SpaceBetween size="l">
      <Head campaign={campaign} />
      <Tabs
        ariaLabel={`About ${campaign.name}`}
        activeTabId={active}
        tabs={tabs}
        onChange={({ detail }) => {
          setSearch(detail.activeTabId === "overview" ? {} : { tab: detail.activeTabId });
        }}
      />
    </SpaceBetween>
  );
}

/** A tab's content is drawn, and asked for, while the tab is open. */
function tabsOf(campaign: Campaign): TabsProps.Tab[] {
  const counted = (label: string, of: number) => (of ? `${label} (${number(of)})` : label);
  return [
    { id: "overview", label: "Overview", content: <Overview campaign={campaign} /> },
    {
      id: "errors",
      label: counted("Errors", campaign.failedCount),
      content: <Errors campaign={campaign} />,
    },
    {
      id: "recipients",
      label: counted("Recipients", campaign.totalRecipients),
      content: <Recipients campaign={campaign} />,
    },
    {
      id: "attention",
      label: counted("Needs attention", needingAttention(campaign)),
      content: <Attention campaign={campaign} />,
    },
    { id: "activity", label: "Activity", content: <Activity id={campaign.campaignId} /> },
    { id: "lists", label: "Lists", content: <Lists id={campaign.campaignId} /> },
    { id: "settings", label: "Settings", content: <Settings campaign={campaign} /> },
  ];
}

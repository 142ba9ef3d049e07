import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useMemo } from "react";

import { useCampaigns, useSenders } from "../../api/queries";
import { usePage } from "../../app/page";
import { usePerson } from "../../auth/usePerson";
import { Problem } from "../../parts/Problem";
import { senderName } from "../../parts/senders";
import { CampaignTable } from "./CampaignTable";
import { rowOf } from "./rows";
import { SenderCaps } from "./SenderCaps";

export default function CampaignsPage() {
  usePage("Campaigns");
  const campaigns = useCampaigns();
  const senders = useSenders();
  const me = usePerson()?.subject ?? "";
  const rows = useMemo(() => {
    const names = new Map(senders.data?.map((each) => [each.senderId, senderName(each)]));
    const all = campaigns.data?.pages.flatMap((page) => page.campaigns) ?? [];
    return all.map((campaign) => rowOf(campaign, me, names));
  }, [campaigns.data, senders.data, me]);
  return (
    <SpaceBetween size="l">
      <Header variant="h1" description="What goes out, how far it is, and what became of it.">
        Campaigns
      </Header>
      {campaigns.error && (
        <Problem error={campaigns.error} again={campaigns.refetch} stale={rows.length > 0} />
      )}
      <SenderCaps senders={senders.data ?? []} />
      <CampaignTable
        rows={rows}
        loading={campaigns.isPending && !campaigns.error}
        more={campaigns.hasNextPage}
        loadMore={() => campaigns.fetchNextPage()}
        loadingMore={campaigns.isFetchingNextPage}
      />
    </SpaceBetween>
  );
}

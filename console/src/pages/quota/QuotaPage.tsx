import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { useCampaigns, useSenders } from "../../api/queries";
import { Waiting } from "../../app/Waiting";
import { usePage } from "../../app/page";
import { PageLink } from "../../parts/PageLink";
import { Problem } from "../../parts/Problem";
import { SenderQuota } from "./SenderQuota";
import { takes } from "./Takers";

export default function QuotaPage() {
  usePage("Daily cap");
  const senders = useSenders();
  const campaigns = useCampaigns();
  const all = campaigns.data?.pages.flatMap((page) => page.campaigns) ?? [];
  const taking = all.filter(takes);
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        description="How many conversations each number may still open, and when there is room again. Meta blocks numbers that write to more people than they may."
      >
        Daily cap
      </Header>
      {senders.error && <Problem error={senders.error} again={senders.refetch} />}
      {campaigns.error && <Problem error={campaigns.error} again={campaigns.refetch} />}
      {senders.isPending && <Waiting />}
      {senders.data?.length === 0 && (
        <Container>
          <Box textAlign="center" padding="l">
            <Box variant="h3">No number to send from yet</Box>
            <Box color="text-body-secondary">
              Each of the <PageLink to="/senders">senders</PageLink> has a cap of its own.
            </Box>
          </Box>
        </Container>
      )}
      {senders.data?.map((sender) => (
        <SenderQuota
          key={sender.senderId}
          sender={sender}
          campaigns={taking.filter(({ senderId }) => senderId === sender.senderId)}
          {...(campaigns.hasNextPage && { newest: all.length })}
        />
      ))}
    </SpaceBetween>
  );
}

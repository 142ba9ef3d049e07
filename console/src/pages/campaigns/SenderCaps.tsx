import ColumnLayout from "@cloudscape-design/components/column-layout";
import Container from "@cloudscape-design/components/container";

import type { Sender } from "../../api/client";
import { useQuota } from "../../api/queries";
import { CapGauge } from "../../parts/CapGauge";
import { PageLink } from "../../parts/PageLink";
import { senderName } from "../../parts/senders";

const MOST = 4; // gauges beside each other; the others are on the page of the caps

/** How much of its daily cap each sender has used. */
export function SenderCaps({ senders }: { senders: readonly Sender[] }) {
  const first = [...senders].sort((a, b) => Number(b.default) - Number(a.default)).slice(0, MOST);
  if (!first.length) return null;
  return (
    <Container>
      <ColumnLayout columns={first.length} minColumnWidth={220}>
        {first.map((sender) => (
          <Cap key={sender.senderId} sender={sender} alone={senders.length === 1} />
        ))}
      </ColumnLayout>
      {senders.length > MOST && (
        <PageLink to="/quota">All {String(senders.length)} senders</PageLink>
      )}
    </Container>
  );
}

function Cap({ sender, alone }: { sender: Sender; alone: boolean }) {
  const quota = useQuota(sender.senderId);
  if (!quota.data) return null;
  return (
    <CapGauge cap={quota.data} label={alone ? "Daily cap" : `Daily cap of ${senderName(sender)}`} />
  );
}

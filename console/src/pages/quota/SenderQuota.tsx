import Badge from "@cloudscape-design/components/badge";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";

import type { Campaign, Sender } from "../../api/client";
import { useQuota } from "../../api/queries";
import { Waiting } from "../../app/Waiting";
import { CapGauge } from "../../parts/CapGauge";
import { Problem } from "../../parts/Problem";
import { senderName } from "../../parts/senders";
import { number } from "../../words";
import { Takers } from "./Takers";
import { Timeline } from "./Timeline";

const WINDOW = {
  rolling: "Any 24 hours, as Meta counts",
  calendar: "Each day of UTC by itself",
} as const;

interface Props {
  sender: Sender;
  campaigns: readonly Campaign[];
  /** How many campaigns were looked at, if there are more. */
  newest?: number;
}

/** One sender's cap: what is used, when it frees up, and who takes it. */
export function SenderQuota({ sender, campaigns, newest }: Props) {
  const { data, error, refetch } = useQuota(sender.senderId);
  const name = senderName(sender);
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={sender.displayNumber ?? undefined}
          info={sender.default && <Badge>Default</Badge>}
        >
          {name}
        </Header>
      }
    >
      {error && <Problem error={error} again={refetch} />}
      {!data && !error && <Waiting />}
      {data && (
        <SpaceBetween size="l">
          <CapGauge cap={data} label={`Daily cap of ${name}`} />
          <KeyValuePairs
            columns={4}
            minColumnWidth={140}
            items={[
              { label: "Used", value: number(data.used) },
              { label: "Limit", value: number(data.limit) },
              { label: "Left now", value: number(data.remaining) },
              { label: "Counted in", value: WINDOW[data.window] },
            ]}
          />
          {data.used > 0 && <Timeline quota={data} name={name} />}
          <Takers campaigns={campaigns} {...(newest !== undefined && { newest })} />
        </SpaceBetween>
      )}
    </Container>
  );
}

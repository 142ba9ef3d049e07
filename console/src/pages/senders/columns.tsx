import Badge from "@cloudscape-design/components/badge";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import type { TableProps } from "@cloudscape-design/components/table";

import type { Sender } from "../../api/client";
import { useQuota } from "../../api/queries";
import { Small } from "../../parts/Small";
import { senderName } from "../../parts/senders";
import { COUNTED, number, when } from "../../words";
import { limitOf, paceOf, qualityOf, standsUntil, stateOf } from "./facts";

export const COLUMNS: readonly TableProps.ColumnDefinition<Sender>[] = [
  {
    id: "name",
    header: "Sender",
    isRowHeader: true,
    minWidth: 170,
    cell: (sender) => (
      <>
        {senderName(sender)} {sender.default && <Badge>Default</Badge>}
        <Small>{sender.displayNumber ?? "Set by the deployment"}</Small>
      </>
    ),
  },
  { id: "state", header: "State", minWidth: 170, cell: (sender) => <State sender={sender} /> },
  { id: "used", header: "Daily cap", minWidth: 160, cell: (sender) => <Used sender={sender} /> },
  { id: "pace", header: "Throughput", minWidth: 130, cell: paceOf },
  {
    id: "quality",
    header: "Quality",
    minWidth: 150,
    cell: (sender) => <Quality sender={sender} />,
  },
  {
    id: "account",
    header: "Business account",
    minWidth: 130,
    cell: ({ businessAccountId }) => businessAccountId ?? "–",
  },
  { id: "checked", header: "Checked", minWidth: 100, cell: ({ checkedAt }) => when(checkedAt) },
];

/** How people take its messages, and how many of them Meta lets it write to for that. */
function Quality({ sender }: { sender: Sender }) {
  const told = qualityOf(sender);
  const limit = limitOf(sender);
  return (
    <>
      {told ? <StatusIndicator type={told.type}>{told.text}</StatusIndicator> : "–"}
      {limit && <Small>Meta’s limit: {limit.toLowerCase()}</Small>}
    </>
  );
}

function State({ sender }: { sender: Sender }) {
  const { type, text } = stateOf(sender);
  const until = standsUntil(sender);
  const reason = sender.stopped || until ? sender.stopReason : null;
  return (
    <>
      <StatusIndicator type={type}>{text}</StatusIndicator>
      {reason && <Small>{reason}</Small>}
      {until && <Small>Until {when(until)}</Small>}
    </>
  );
}

function Used({ sender }: { sender: Sender }) {
  const quota = useQuota(sender.senderId);
  if (!quota.data) return "–";
  const { used, limit, window } = quota.data;
  return (
    <>
      <ProgressBar
        value={Math.min(100, (used / limit) * 100)}
        ariaLabel={`Daily cap of ${senderName(sender)}`}
      />
      <Small>
        {number(used)} of {number(limit)} conversations {COUNTED[window]}
      </Small>
    </>
  );
}

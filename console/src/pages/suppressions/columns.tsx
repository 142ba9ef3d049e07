import type { TableProps } from "@cloudscape-design/components/table";

import type { Schemas } from "../../api/client";
import { PageLink } from "../../parts/PageLink";
import { Person } from "../../parts/Person";
import { SOURCE, when } from "../../words";

type Suppression = Schemas["SuppressionAnswer"];

export const COLUMNS: readonly TableProps.ColumnDefinition<Suppression>[] = [
  {
    id: "phone",
    header: "Phone",
    isRowHeader: true,
    minWidth: 150,
    cell: ({ phone }) => <span className="numeric">+{phone}</span>,
  },
  { id: "since", header: "Since", minWidth: 120, cell: ({ since }) => when(since) },
  {
    id: "source",
    header: "How it is known",
    minWidth: 190,
    cell: ({ source }) => (source ? SOURCE[source] : "The record is damaged; it holds"),
  },
  { id: "reason", header: "Reason", minWidth: 170, cell: ({ reason }) => reason ?? "–" },
  {
    id: "campaign",
    header: "Campaign",
    minWidth: 130,
    cell: ({ campaignId }) =>
      campaignId ? <PageLink to={`/campaigns/${campaignId}`}>Its campaign</PageLink> : "–",
  },
  {
    id: "actor",
    header: "By",
    minWidth: 120,
    cell: ({ actor }) => <Person subject={actor} />,
  },
];

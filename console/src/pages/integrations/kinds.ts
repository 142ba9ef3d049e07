export interface Kind {
  value: string;
  label: string;
  description: string;
}

/** What people choose from; other types are taken too, and are shown as they are. */
export const KINDS: readonly Kind[] = [
  { value: "*", label: "Everything", description: "All that follows, and what is yet to come" },
  {
    value: "campaign.*",
    label: "All of campaigns",
    description: "Created, started, paused, completed, progress and so on",
  },
  {
    value: "campaign.needs_attention",
    label: "A campaign needs attention",
    description: "It goes on only if a person looks at it",
  },
  { value: "campaign.started", label: "A campaign was started", description: "" },
  { value: "campaign.paused", label: "A campaign was paused", description: "By whom, and why" },
  { value: "campaign.resumed", label: "A campaign goes on", description: "" },
  { value: "campaign.completed", label: "A campaign is completed", description: "" },
  { value: "campaign.cancelled", label: "A campaign was cancelled", description: "" },
  {
    value: "campaign.progress",
    label: "Progress of campaigns",
    description: "Counters, once a second at most",
  },
  {
    value: "message.status",
    label: "What became of each message",
    description: "With phone numbers: only to systems that may have them",
  },
];

export const kindName = (kind: string): string =>
  KINDS.find(({ value }) => value === kind)?.label ?? kind;

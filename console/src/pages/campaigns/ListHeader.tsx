import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useNavigate } from "react-router";

import type { Campaign } from "../../api/client";
import type { Operation } from "../../auth/session";
import { useMay } from "../../auth/usePerson";
import { actOnAll, possible, type Bulk } from "./bulk";

export const ACTIONS: readonly { id: Bulk; text: string; needs: Operation }[] = [
  { id: "start", text: "Start", needs: "controlCampaign" },
  { id: "pause", text: "Pause", needs: "controlCampaign" },
  { id: "resume", text: "Resume", needs: "controlCampaign" },
  { id: "duplicate", text: "Duplicate", needs: "duplicateCampaign" },
  { id: "cancel", text: "Cancel", needs: "controlCampaign" },
];

interface Props {
  total: string;
  selected: readonly Campaign[];
  forget: () => void;
}

/** How many there are, and what can be done to those that are selected. */
export function ListHeader({ total, selected, forget }: Props) {
  const may = useMay();
  const navigate = useNavigate();
  const items = ACTIONS.filter(({ needs }) => may(needs)).map(({ id, text }) => {
    const disabled = !selected.some((campaign) => possible(id, campaign));
    return { id, text, disabled, disabledReason: "None of the selected is in a state for it" };
  });
  const perform = async (id: string) => {
    await actOnAll(id as Bulk, selected);
    forget();
  };
  return (
    <Header
      variant="h2"
      counter={selected.length ? `(${String(selected.length)}/${total})` : `(${total})`}
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          {items.length > 0 && (
            <ButtonDropdown
              items={items}
              disabled={!selected.length}
              disabledReason="Select campaigns first"
              onItemClick={({ detail }) => void perform(detail.id)}
            >
              Actions
            </ButtonDropdown>
          )}
          {may("createCampaign") && (
            <Button
              variant="primary"
              href="/campaigns/new"
              onFollow={(event) => {
                event.preventDefault();
                void navigate("/campaigns/new");
              }}
            >
              New campaign
            </Button>
          )}
        </SpaceBetween>
      }
    >
      All campaigns
    </Header>
  );
}

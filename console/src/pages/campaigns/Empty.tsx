import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useNavigate } from "react-router";

import { useSenders } from "../../api/queries";
import { useMay } from "../../auth/usePerson";

/** No campaign yet: what it takes, and the way to the first one. */
export function Empty() {
  const may = useMay();
  const navigate = useNavigate();
  if (useSenders().data?.length === 0) return <NoSender />;
  return (
    <Box textAlign="center" padding="l">
      <SpaceBetween size="s">
        <Box variant="h3">No campaign yet</Box>
        <Box color="text-body-secondary">
          A campaign is an approved template, a list of phone numbers, and a pace. It is sent under
          the daily cap, and tells of everybody what became of them.
        </Box>
        {may("createCampaign") && (
          <Button onClick={() => void navigate("/campaigns/new")}>Make the first campaign</Button>
        )}
      </SpaceBetween>
    </Box>
  );
}

function NoSender() {
  const may = useMay();
  const navigate = useNavigate();
  return (
    <Box textAlign="center" padding="l">
      <SpaceBetween size="s">
        <Box variant="h3">No number to send from yet</Box>
        <Box color="text-body-secondary">
          Before the first campaign, an administrator registers a WhatsApp number.
        </Box>
        {may("registerSender") && (
          <Button onClick={() => void navigate("/senders")}>Register a number</Button>
        )}
      </SpaceBetween>
    </Box>
  );
}

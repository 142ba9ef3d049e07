import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";

import type { Campaign } from "../../../api/client";
import { ApiError, wordsOf } from "../../../api/errors";
import type { Import } from "../../../api/lists";
import { count, number } from "../../../words";
import type { Chosen } from "./chosen";
import type { Uploading } from "./useUpload";

interface Props {
  campaign: Campaign;
  chosen: Chosen | null;
  uploading: Uploading;
  upload: () => void;
}

/** The upload of the list, and how far it and the import behind it are. */
export function UploadBar({ campaign, chosen, uploading, upload }: Props) {
  const { part, running, error, cutOff, stop } = uploading;
  if (!chosen && !running && error === null) return null;
  return (
    <Container>
      <SpaceBetween size="m">
        {cutOff && <CutOff total={campaign.totalRecipients} />}
        {error !== null && !cutOff && (
          <Alert type="error" header="The list was not taken">
            {error instanceof ApiError ? error.message : wordsOf(error)}
          </Alert>
        )}
        {part !== null ? <Sending part={part} /> : running && <Importing made={running.import} />}
        {chosen && (
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="primary" loading={part !== null} onClick={upload}>
              Upload the list
            </Button>
            {part !== null && <Button onClick={stop}>Stop</Button>}
          </SpaceBetween>
        )}
      </SpaceBetween>
    </Container>
  );
}

/** Whatever broke it, the answer is the same: once more. */
function CutOff({ total }: { total: number }) {
  return (
    <Alert type="warning" header="The upload broke off before its end">
      {total
        ? `${count(total, "person is", "people are")} in the campaign, perhaps only a part of the list.`
        : "Nobody is in the campaign so far."}{" "}
      Upload the same file again: it adds who is missing, and nobody twice.
    </Alert>
  );
}

function Sending({ part }: { part: number }) {
  return (
    <ProgressBar
      label="Upload"
      value={Math.floor(part * 100)}
      description={part === 1 ? "The file is there; its rows are being read." : undefined}
    />
  );
}

function Importing({ made }: { made: Import }) {
  const { status, size, checkedBytes, checkedRows, rows, rowsDone } = made;
  const [done, all] = status === "CHECKING" ? [checkedBytes, size] : [rowsDone, rows ?? 0];
  return (
    <ProgressBar
      label={status === "CHECKING" ? "Checking the file" : "Adding people"}
      value={all ? Math.floor((done / all) * 100) : 0}
      description={
        status === "CHECKING"
          ? `${number(checkedRows)} rows so far`
          : `${number(rowsDone)} of ${number(rows ?? 0)} rows`
      }
      additionalInfo="It goes on when you leave this page."
    />
  );
}

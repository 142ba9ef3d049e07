import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import FileDropzone from "@cloudscape-design/components/file-dropzone";
import FileInput from "@cloudscape-design/components/file-input";
import FileTokenGroup from "@cloudscape-design/components/file-token-group";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import ProgressBar from "@cloudscape-design/components/progress-bar";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { wordsOf } from "../../../api/errors";
import { LONGEST, type Import } from "../../../api/lists";
import { number } from "../../../words";
import type { Problems } from "../form";
import type { Chosen } from "./chosen";
import { readSheet, SheetError } from "./sheet";
import type { Uploading } from "./useUpload";

interface Props {
  chosen: Chosen | null;
  choose: (chosen: Chosen | null) => void;
  uploading: Uploading;
  upload: () => void;
  /** Columns that the message needs and the list lacks. */
  absent: string[];
  problems: Problems;
}

/** A list is dropped here or chosen, looked at, and uploaded. */
export function FileBox(props: Props) {
  const { chosen, choose, uploading, upload, absent, problems } = props;
  const [refused, setRefused] = useState("");
  const take = async ([file]: File[]) => {
    setRefused("");
    uploading.forgetError();
    if (!file) return;
    try {
      if (file.size > LONGEST) throw new SheetError("A list has 500 MB at most. Split it.");
      choose({ file, sheet: await readSheet(file), key: crypto.randomUUID() });
    } catch (error) {
      choose(null);
      setRefused(`${file.name}: ${wordsOf(error)}`);
    }
  };
  const busy = uploading.part !== null;
  return (
    <Container
      header={
        <Header variant="h2" description="A CSV file with a column of phones, with country code.">
          List
        </Header>
      }
    >
      <SpaceBetween size="m">
        <FormField errorText={refused || problems.list} stretch>
          <FileDropzone onChange={({ detail }) => void take(detail.value)}>
            <SpaceBetween size="xs" alignItems="center">
              <FileInput
                value={[]}
                accept=".csv,.txt,.tsv,text/csv"
                onChange={({ detail }) => void take(detail.value)}
              >
                Choose a file
              </FileInput>
              <Box color="text-body-secondary">or drop it here; up to 500 MB</Box>
            </SpaceBetween>
          </FileDropzone>
        </FormField>
        {chosen && (
          <FileTokenGroup
            items={[{ file: chosen.file, loading: busy }]}
            showFileSize
            onDismiss={() => choose(null)}
            i18nStrings={{
              removeFileAriaLabel: () => `Put ${chosen.file.name} away`,
              limitShowFewer: "Show fewer",
              limitShowMore: "Show more",
              errorIconAriaLabel: "Error",
            }}
          />
        )}
        {absent.length > 0 && (
          <Alert type="warning" header="The list lacks a column">
            The message needs {absent.map((name) => `“${name}”`).join(", ")}, which the file does
            not have.
          </Alert>
        )}
        {uploading.error !== null && (
          <Alert type="error" header="The list was not taken">
            {wordsOf(uploading.error)}
          </Alert>
        )}
        <Progress uploading={uploading} />
        {chosen && (
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="primary" loading={busy} onClick={upload}>
              Upload the list
            </Button>
            {busy && <Button onClick={uploading.stop}>Stop</Button>}
          </SpaceBetween>
        )}
      </SpaceBetween>
    </Container>
  );
}

function Progress({ uploading: { part, running } }: { uploading: Uploading }) {
  if (part !== null) {
    return (
      <ProgressBar
        label="Upload"
        value={Math.floor(part * 100)}
        description={part === 1 ? "The file is there; its rows are being read." : undefined}
      />
    );
  }
  return running ? <Importing made={running.import} /> : null;
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

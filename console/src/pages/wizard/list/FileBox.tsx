import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import FileDropzone from "@cloudscape-design/components/file-dropzone";
import FileInput from "@cloudscape-design/components/file-input";
import FileTokenGroup from "@cloudscape-design/components/file-token-group";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { wordsOf } from "../../../api/errors";
import { LONGEST } from "../../../api/lists";
import type { Problems } from "../form";
import type { Chosen } from "./chosen";
import { SheetError } from "./bytes";
import { readSheet } from "./sheet";
import type { Uploading } from "./useUpload";

interface Props {
  chosen: Chosen | null;
  choose: (chosen: Chosen | null) => void;
  uploading: Uploading;
  /** Columns that the message needs and the list lacks. */
  absent: string[];
  problems: Problems;
}

/** A list is dropped here or chosen, and looked at. */
export function FileBox(props: Props) {
  const { chosen, choose, uploading, absent, problems } = props;
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
            items={[{ file: chosen.file, loading: uploading.part !== null }]}
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
      </SpaceBetween>
    </Container>
  );
}

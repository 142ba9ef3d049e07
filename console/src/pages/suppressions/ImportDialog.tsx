import FileUpload from "@cloudscape-design/components/file-upload";
import FormField from "@cloudscape-design/components/form-field";
import { useState } from "react";

import { FormDialog } from "../../parts/FormDialog";
import { importing, type Imported } from "./actions";

const LONGEST = 4_400_000; // bytes that one request carries

interface Props {
  tell: (imported: Imported) => void;
  close: () => void;
}

export function ImportDialog({ tell, close }: Props) {
  const [file, setFile] = useState<File>();
  return (
    <FormDialog
      title="Import a file"
      label="Import"
      action={importing(file ?? new File([], ""), tell)}
      lacks={lacking(file)}
      close={close}
    >
      <FormField
        label="CSV file"
        description="The column of phones is found by its name, else it is the first. The same file can be imported again."
      >
        <FileUpload
          value={file ? [file] : []}
          onChange={({ detail }) => setFile(detail.value.at(-1))}
          accept=".csv,.txt,.tsv,text/csv"
          showFileSize
          constraintText="Up to 4.4 MB"
          i18nStrings={{
            uploadButtonText: () => "Choose a file",
            dropzoneText: () => "Drop the file here",
            removeFileAriaLabel: () => "Put the file away",
            limitShowFewer: "Show fewer",
            limitShowMore: "Show more",
            errorIconAriaLabel: "Error",
          }}
        />
      </FormField>
    </FormDialog>
  );
}

function lacking(file: File | undefined): string | undefined {
  if (!file) return "Choose a file first.";
  return file.size > LONGEST ? "The file has more than 4.4 MB. Split it." : undefined;
}

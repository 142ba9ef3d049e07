import Button from "@cloudscape-design/components/button";
import ButtonDropdown from "@cloudscape-design/components/button-dropdown";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { useMay } from "../../auth/usePerson";
import { exportAll, remove } from "./actions";

interface Props {
  /** What is searched for: only that is exported. */
  phone: string;
  selected: string[];
  forget: () => void;
  open: (dialog: "add" | "import") => void;
}

export function ListActions({ phone, selected, forget, open }: Props) {
  const may = useMay();
  const [busy, setBusy] = useState(false);
  const takeOff = async () => {
    if (await remove(selected)) forget();
  };
  const save = async () => {
    setBusy(true);
    await exportAll(phone);
    setBusy(false);
  };
  return (
    <SpaceBetween direction="horizontal" size="xs">
      {may("removeSuppressions") && (
        <Button disabled={!selected.length} onClick={() => void takeOff()}>
          Take off the list
        </Button>
      )}
      {may("importSuppressions") ? (
        <ButtonDropdown
          items={[
            { id: "import", text: "Import a file" },
            { id: "export", text: phone ? "Export what is found" : "Export all" },
          ]}
          loading={busy}
          onItemClick={({ detail }) => (detail.id === "import" ? open("import") : void save())}
        >
          File
        </ButtonDropdown>
      ) : (
        <Button loading={busy} onClick={() => void save()}>
          {phone ? "Export what is found" : "Export all"}
        </Button>
      )}
      {may("addSuppressions") && (
        <Button variant="primary" onClick={() => open("add")}>
          Add people
        </Button>
      )}
    </SpaceBetween>
  );
}

import Alert from "@cloudscape-design/components/alert";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { LEFT_OUT, count, number } from "../../words";
import type { Imported } from "./actions";

const SHOWN = 20;

/** What became of the file, row by row for the first that were not taken. */
export function Report({ imported, dismiss }: { imported: Imported; dismiss: () => void }) {
  const { inserted, skipped, rejected } = imported;
  const left = Object.entries(skipped).filter(([, each]) => each > 0);
  return (
    <Alert
      type={left.length ? "warning" : "success"}
      dismissible
      i18nStrings={{ dismissAriaLabel: "Dismiss the report" }}
      onDismiss={dismiss}
      header={`${count(inserted, "person", "people")} put on the list`}
    >
      {left.length === 0 ? (
        "No row was left out."
      ) : (
        <SpaceBetween size="xs">
          <div>
            Left out:{" "}
            {left.map(([kind, each]) => `${LEFT_OUT[kind] ?? kind}: ${number(each)}`).join(" · ")}
          </div>
          {rejected.length > 0 && (
            <ul>
              {rejected.slice(0, SHOWN).map(({ line, value, reason }) => (
                <li key={line}>
                  Line {number(line)}
                  {value && `, “${value}”`}: {reason}
                </li>
              ))}
            </ul>
          )}
          {rejected.length > SHOWN && <div>… and more.</div>}
        </SpaceBetween>
      )}
    </Alert>
  );
}

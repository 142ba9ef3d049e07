import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";

import { wordsOf } from "../api/errors";

/** Something could not be asked for; `again` asks once more. */
export function Problem({ error, again }: { error: unknown; again?: () => unknown }) {
  return (
    <Alert
      type="error"
      header="This can’t be shown now"
      action={again && <Button onClick={() => void again()}>Try again</Button>}
    >
      {wordsOf(error)}
    </Alert>
  );
}

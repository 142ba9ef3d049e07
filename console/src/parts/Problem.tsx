import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";

import { wordsOf } from "../api/errors";

interface Props {
  error: unknown;
  /** Asks once more. */
  again?: () => unknown;
  /** What was answered before is still shown. */
  stale?: boolean;
}

/** Something could not be asked for. */
export function Problem({ error, again, stale = false }: Props) {
  return (
    <Alert
      type={stale ? "warning" : "error"}
      header={stale ? "What is shown may be out of date" : "This can’t be shown now"}
      action={again && <Button onClick={() => void again()}>Try again</Button>}
    >
      {wordsOf(error)}
    </Alert>
  );
}

import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import { useRouteError } from "react-router";

import { wordsOf } from "../api/errors";

/** The page could not be shown. */
export function Broken({ error }: { error: unknown }) {
  return (
    <Box padding="l">
      <Alert
        type="error"
        header="This page can’t be shown"
        action={<Button onClick={() => location.reload()}>Load it again</Button>}
      >
        {wordsOf(error)}
      </Alert>
    </Box>
  );
}

export function BrokenRoute() {
  return <Broken error={useRouteError()} />;
}

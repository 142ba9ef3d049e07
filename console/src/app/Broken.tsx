import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import { Component, type ReactNode } from "react";

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

/** What is around it stays when a page breaks, or its files are gone after a deployment. */
export class Boundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    return this.state.error === null ? this.props.children : <Broken error={this.state.error} />;
  }
}

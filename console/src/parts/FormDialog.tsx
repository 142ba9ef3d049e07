import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useId, useState, type ReactNode } from "react";

import { wordsOf } from "../api/errors";
import { perform, type Action } from "../app/action";

interface Props<Answer> {
  title: string;
  /** On the button: what it does. */
  label: string;
  action: Omit<Action<Answer>, "confirm">;
  /** What is missing or impossible in the form; the server has the last word. */
  lacks?: string | undefined;
  close: () => void;
  children: ReactNode;
}

/** A form over the page. It stays until the server has taken what is in it, or it is left. */
export function FormDialog<Answer>({
  title,
  label,
  action,
  lacks,
  close,
  children,
}: Props<Answer>) {
  const id = useId();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const submit = async () => {
    setError(lacks ?? "");
    if (lacks) return;
    setBusy(true);
    try {
      await perform(action);
      close();
    } catch (problem) {
      setError(wordsOf(problem));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Modal
      visible
      header={title}
      closeAriaLabel="Close"
      onDismiss={() => {
        if (!busy) close();
      }}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" disabled={busy} onClick={close}>
              Back
            </Button>
            <Button variant="primary" loading={busy} form={id} formAction="submit">
              {label}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        id={id}
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <SpaceBetween size="m">
          {children}
          {error && (
            <div role="alert">
              <Alert type="error">{error}</Alert>
            </div>
          )}
        </SpaceBetween>
      </form>
    </Modal>
  );
}

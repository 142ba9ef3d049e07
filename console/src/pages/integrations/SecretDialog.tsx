import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";

/** The secret of an address, once: nobody can be shown it again. */
export function SecretDialog({
  secret,
  url,
  close,
}: {
  secret: string;
  url: string;
  close: () => void;
}) {
  return (
    <Modal
      visible
      header="The secret"
      closeAriaLabel="Close"
      onDismiss={close}
      footer={
        <Box float="right">
          <Button variant="primary" onClick={close}>
            I have kept it
          </Button>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Box>
          Deliveries to {url} are signed with it. The system there needs it to tell ours from
          anybody else’s.
        </Box>
        <CopyToClipboard
          variant="inline"
          textToCopy={secret}
          copyButtonAriaLabel="Copy the secret"
          copySuccessText="Copied"
          copyErrorText="It could not be copied: select it instead"
        />
        <Alert type="warning">It is shown this once. Keep it where secrets are kept.</Alert>
      </SpaceBetween>
    </Modal>
  );
}

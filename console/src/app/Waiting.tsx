import Box from "@cloudscape-design/components/box";
import Spinner from "@cloudscape-design/components/spinner";

export function Waiting() {
  return (
    <Box textAlign="center" padding="xxl">
      <Spinner size="large" />
      <Box variant="span" margin={{ left: "s" }}>
        Loading …
      </Box>
    </Box>
  );
}

import Box from "@cloudscape-design/components/box";
import type { ReactNode } from "react";

/** What stands below something, in a table. */
export function Small({ children }: { children: ReactNode }) {
  return (
    <Box fontSize="body-s" color="text-body-secondary">
      {children}
    </Box>
  );
}

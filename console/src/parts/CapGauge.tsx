import ProgressBar from "@cloudscape-design/components/progress-bar";
import StatusIndicator from "@cloudscape-design/components/status-indicator";

import type { Quota } from "../api/client";
import { COUNTED, number, percent, when } from "../words";

/** A daily cap in conversations: used, limit, and when the next of it becomes free. */
export function CapGauge({ cap, label = "Daily cap" }: { cap: Quota; label?: string }) {
  const { used, limit, resetsAt, window } = cap;
  const full = used >= limit;
  const left = Math.max(0, limit - used);
  return (
    <ProgressBar
      label={label}
      value={limit ? percent(used, limit) : 100}
      description={`${number(used)} of ${number(limit)} conversations ${COUNTED[window]}, ${number(left)} left`}
      additionalInfo={
        used === 0 ? (
          "All of it is free"
        ) : (
          <>
            {full && <StatusIndicator type="warning">Full</StatusIndicator>} The next becomes free:{" "}
            {when(resetsAt)}
          </>
        )
      }
    />
  );
}

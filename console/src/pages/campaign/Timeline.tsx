import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Steps from "@cloudscape-design/components/steps";

import type { Recipient } from "../../api/client";
import { Panel } from "../../app/panel";
import { RecipientBadge } from "../../parts/StatusBadge";
import { RECIPIENT_MEANING, precisely } from "../../words";
import { storyOf } from "./story";

/** Everything that happened to one recipient, beside the table. */
export function Timeline({ recipient, onClose }: { recipient: Recipient; onClose: () => void }) {
  const { phone, status, parameters } = recipient;
  const texts = [
    ...(parameters.header ? [parameters.header] : []),
    ...Object.values(parameters.body),
    ...parameters.buttons.map(({ text }) => text),
  ];
  return (
    <Panel header={`+${phone}`} onClose={onClose}>
      <SpaceBetween size="l">
        <div>
          <RecipientBadge status={status} />
          <Box color="text-body-secondary">{RECIPIENT_MEANING[status]}</Box>
        </div>
        <Steps
          ariaLabel={`What happened to the message to +${phone}`}
          steps={storyOf(recipient).map(({ at, kind, what, details }) => ({
            status: kind,
            statusIconAriaLabel: kind,
            header: what,
            details: (
              <Box fontSize="body-s" color="text-body-secondary">
                {[precisely(at), ...details].map((line) => (
                  <div key={line} className="breakable">
                    {line}
                  </div>
                ))}
              </Box>
            ),
          }))}
        />
        {texts.length > 0 && (
          <div>
            <Box variant="awsui-key-label">What was put into the template</Box>
            {texts.map((text, n) => (
              <div key={n} className="breakable">
                {text}
              </div>
            ))}
          </div>
        )}
      </SpaceBetween>
    </Panel>
  );
}

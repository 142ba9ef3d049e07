import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Container from "@cloudscape-design/components/container";
import Grid from "@cloudscape-design/components/grid";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";

import type { Campaign } from "../../../api/client";
import { MessagePreview } from "../../../message/MessagePreview";
import type { Slot } from "../../../message/template";
import { count } from "../../../words";
import type { Change, Form, Problems } from "../form";
import { absentColumns, type Chosen } from "./chosen";
import { FileBox } from "./FileBox";
import { Mapping } from "./Mapping";
import { OutcomeBox } from "./OutcomeBox";
import { FirstRows, RowPreview } from "./Rows";
import { UploadBar } from "./UploadBar";
import type { Uploading } from "./useUpload";

interface Props {
  campaign: Campaign;
  form: Form;
  change: Change;
  problems: Problems;
  slots: Slot[];
  frozen: boolean;
  chosen: Chosen | null;
  choose: (chosen: Chosen | null) => void;
  uploading: Uploading;
  upload: () => void;
}

/** To whom: the list, what of it goes into the message, and what became of it. */
export function ListStep(props: Props) {
  const { campaign, form, slots, frozen, chosen, uploading } = props;
  const absent = chosen ? absentColumns(Object.values(form.filling), chosen.sheet) : [];
  return (
    <Grid
      gridDefinition={[{ colspan: { default: 12, xs: 7 } }, { colspan: { default: 12, xs: 5 } }]}
    >
      <SpaceBetween size="l">
        {campaign.totalRecipients > 0 && !uploading.cutOff && (
          <Alert type="success">
            {count(campaign.totalRecipients, "person is", "people are")} in the campaign. Another
            list adds whoever is new.
          </Alert>
        )}
        {uploading.outcome && <OutcomeBox outcome={uploading.outcome} />}
        <FileBox {...props} absent={absent} />
        {chosen && <FirstRows chosen={chosen} choose={props.choose} />}
        {!frozen && <Mapping {...props} sheet={chosen?.sheet ?? null} />}
        <UploadBar {...props} />
      </SpaceBetween>
      <Container header={<Header variant="h2">Preview</Header>}>
        {!form.template ? (
          <Box color="text-body-secondary">
            The template’s text is not known. Paste it in the first step to see the messages.
          </Box>
        ) : chosen ? (
          <RowPreview
            template={form.template}
            filling={fillingIn(form, slots)}
            sheet={chosen.sheet}
          />
        ) : (
          <MessagePreview template={form.template} values={fillingIn(form, slots)} />
        )}
      </Container>
    </Grid>
  );
}

/** Only of places that the template has. */
function fillingIn({ filling }: Form, slots: Slot[]) {
  return Object.fromEntries(slots.map(({ id }) => [id, filling[id] ?? ""]));
}

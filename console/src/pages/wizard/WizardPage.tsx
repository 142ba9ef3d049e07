import Alert from "@cloudscape-design/components/alert";
import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import Wizard from "@cloudscape-design/components/wizard";
import { useNavigate, useParams } from "react-router";

import type { Campaign } from "../../api/client";
import { isMissing } from "../../api/errors";
import { useCampaign } from "../../api/queries";
import { usePage } from "../../app/page";
import { Waiting } from "../../app/Waiting";
import { useMay } from "../../auth/usePerson";
import { PageLink } from "../../parts/PageLink";
import { NotFound } from "../../parts/NotFound";
import { Problem } from "../../parts/Problem";
import { CAMPAIGN_STATUS } from "../../words";
import { start } from "./actions";
import { forget } from "./kept";
import { ListStep } from "./list/ListStep";
import { MessageStep } from "./MessageStep";
import { ReviewStep } from "./ReviewStep";
import { SendingStep } from "./SendingStep";
import { STEPS } from "./steps";
import { useWizard } from "./useWizard";

const ABOVE = { text: "Campaigns", href: "/campaigns" };

/** A new campaign, or a draft that somebody goes on with. */
export default function WizardPage() {
  const { id } = useParams();
  const may = useMay();
  usePage(id ? "Edit campaign" : "New campaign", ABOVE);
  if (!may("createCampaign")) {
    return (
      <Notice header="Your role may only look">
        An administrator can give you the role that creates campaigns.
      </Notice>
    );
  }
  return id ? <Draft key={id} id={id} /> : <Steps campaign={null} />;
}

function Draft({ id }: { id: string }) {
  const { data: campaign, error, refetch } = useCampaign(id);
  if (!campaign && isMissing(error)) return <NotFound what="campaign" />;
  if (!campaign) return error ? <Problem error={error} again={refetch} /> : <Waiting />;
  if (campaign.status !== "DRAFT") {
    return (
      <Notice header={`This campaign is ${CAMPAIGN_STATUS[campaign.status].toLowerCase()}`}>
        Only drafts can be changed. Duplicate it for one with other settings.{" "}
        <PageLink to={`/campaigns/${id}`}>Show the campaign</PageLink>
      </Notice>
    );
  }
  return <Steps campaign={campaign} />;
}

function Notice({ header, children }: { header: string; children: React.ReactNode }) {
  return (
    <ContentLayout header={<Header variant="h1">Campaign</Header>}>
      <Alert type="info" header={header}>
        {children}
      </Alert>
    </ContentLayout>
  );
}

function Steps({ campaign }: { campaign: Campaign | null }) {
  const wizard = useWizard(campaign);
  const navigate = useNavigate();
  const may = useMay();
  const { id, step, trouble, saving, move, importing, saveStep } = wizard;
  const error = trouble ? { errorText: trouble } : {};

  const leave = async () => {
    if (!id) {
      void navigate("/campaigns");
    } else if (step === "list" || step === "review" || (await saveStep())) {
      void navigate(`/campaigns/${id}`);
    }
  };
  const finish = async () => {
    if (campaign && (await start(campaign))) {
      forget(id);
      void navigate(`/campaigns/${campaign.campaignId}`);
    }
  };

  return (
    <Wizard
      activeStepIndex={STEPS.indexOf(step)}
      isLoadingNextStep={saving}
      submitButtonText="Start …"
      i18nStrings={{ cancelButton: id ? "Keep as draft" : "Cancel", navigationAriaLabel: "Steps" }}
      onNavigate={({ detail }) => void move(detail.requestedStepIndex)}
      onCancel={() => void leave()}
      onSubmit={() => void (may("controlCampaign") ? finish() : leave())}
      steps={[
        {
          title: "Message",
          description: "What is sent, and from which number.",
          content: <MessageStep {...wizard} />,
          ...error,
        },
        {
          title: "Sending",
          description: "How fast, and how many a day. Good as it is for most campaigns.",
          content: <SendingStep {...wizard} spread={wizard.frozen} />,
          ...error,
        },
        {
          title: "Recipients",
          description: "Who gets it, and what of the list is in the message.",
          content: campaign && (
            <ListStep {...wizard} campaign={campaign} upload={() => void wizard.upload()} />
          ),
          ...error,
        },
        {
          title: "Review and start",
          description: "Nothing has been sent yet.",
          content: campaign && (
            <ReviewStep
              campaign={campaign}
              form={wizard.form}
              slots={wizard.slots}
              importing={importing}
              listed={wizard.listed}
            />
          ),
          ...error,
        },
      ]}
    />
  );
}

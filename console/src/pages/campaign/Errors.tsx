import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";

import type { Campaign, Schemas } from "../../api/client";
import { useErrors, useRetryStats } from "../../api/queries";
import { useMay } from "../../auth/usePerson";
import { PageLink } from "../../parts/PageLink";
import { Problem } from "../../parts/Problem";
import { RecipientBadge } from "../../parts/StatusBadge";
import { number, share } from "../../words";
import { retry } from "./settling";
import { sendsAgain } from "./standing";

type Reason = Schemas["ErrorAnswer"];

/** Why people were not reached, or not surely: by code, with what to do. */
export function Errors({ campaign }: { campaign: Campaign }) {
  const errors = useErrors(campaign.campaignId);
  if (errors.error) return <Problem error={errors.error} again={errors.refetch} />;
  return (
    <SpaceBetween size="l">
      <Table
        variant="container"
        items={errors.data?.errors ?? []}
        trackBy={({ status, code }) => `${status}/${code}`}
        loading={errors.isPending}
        loadingText="Loading the errors"
        wrapLines
        empty={<Box textAlign="center">Nothing has gone wrong.</Box>}
        header={
          <Header description="The most frequent first. The words are Meta’s reference’s, and ours.">
            Errors
          </Header>
        }
        ariaLabels={{ tableLabel: "Errors" }}
        columnDefinitions={[
          {
            id: "count",
            header: "People",
            width: 120,
            cell: (one) => <People of={one} in={campaign} />,
          },
          { id: "code", header: "Code", width: 170, isRowHeader: true, cell: ({ code }) => code },
          {
            id: "state",
            header: "State",
            minWidth: 150,
            cell: ({ status }) => <RecipientBadge status={status} />,
          },
          {
            id: "words",
            header: "What it means, and what to do",
            minWidth: 240,
            cell: ({ words }) => words,
          },
          {
            id: "do",
            header: "Actions",
            minWidth: 150,
            cell: (one) => <Do of={one} in={campaign} />,
          },
        ]}
      />
      <Further id={campaign.campaignId} />
    </SpaceBetween>
  );
}

function People({ of, in: campaign }: { of: Reason; in: Campaign }) {
  const query = new URLSearchParams({ tab: "recipients", status: of.status, code: of.code });
  return (
    <>
      <PageLink
        to={`/campaigns/${campaign.campaignId}?${query.toString()}`}
        ariaLabel={`${number(of.count)} with ${of.code}. Show them`}
      >
        {number(of.count)}
      </PageLink>{" "}
      <Box variant="span" fontSize="body-s" color="text-body-secondary">
        {share(of.count, campaign.totalRecipients)}
      </Box>
    </>
  );
}

function Do({ of, in: campaign }: { of: Reason; in: Campaign }) {
  const may = useMay();
  const { status, code, count, retryable, forcible } = of;
  if (status === "UNCONFIRMED" || status === "HELD") {
    return <PageLink to={`/campaigns/${campaign.campaignId}?tab=attention`}>Look at them</PageLink>;
  }
  if (!(retryable || forcible) || !may("retryFailed") || !sendsAgain(campaign)) return "–";
  return (
    <Button
      variant="inline-link"
      ariaLabel={`${retryable ? "Retry" : "Retry all the same"}: ${code}`}
      onClick={() => void retry(campaign, count, code, !retryable)}
    >
      {retryable ? "Retry these" : "Retry all the same …"}
    </Button>
  );
}

/** What became of attempts after the first. */
function Further({ id }: { id: string }) {
  const { data } = useRetryStats(id);
  if (!data?.scheduled && !data?.waiting) return null;
  return (
    <Container
      header={
        <Header variant="h2" description="Those of the system, and those that people asked for.">
          Further attempts
        </Header>
      }
    >
      <KeyValuePairs
        columns={4}
        minColumnWidth={120}
        items={[
          { label: "People who wait for one", value: number(data.waiting) },
          { label: "Planned so far", value: number(data.scheduled) },
          { label: "Taken by Meta", value: number(data.succeeded) },
          { label: "Failed for good", value: number(data.failed) },
        ]}
      />
    </Container>
  );
}

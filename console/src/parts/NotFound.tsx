import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";

import { PageLink } from "./PageLink";

/** What an address names is not there; the way on is the list of campaigns. */
export function NotFound({ what }: { what: string }) {
  return (
    <ContentLayout header={<Header variant="h1">There is no such {what}</Header>}>
      <PageLink to="/campaigns">All campaigns</PageLink>
    </ContentLayout>
  );
}

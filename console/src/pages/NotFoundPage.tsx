import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";

import { usePage } from "../app/page";
import { PageLink } from "../parts/PageLink";

export default function NotFoundPage() {
  usePage("Not found");
  return (
    <ContentLayout header={<Header variant="h1">There is no such page</Header>}>
      <PageLink to="/campaigns">All campaigns</PageLink>
    </ContentLayout>
  );
}

import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";

import { usePage } from "../../app/page";

export default function SendersPage() {
  usePage("Senders");
  return <ContentLayout header={<Header variant="h1">Senders</Header>} />;
}

import { usePage } from "../app/page";
import { NotFound } from "../parts/NotFound";

export default function NotFoundPage() {
  usePage("Not found");
  return <NotFound what="page" />;
}

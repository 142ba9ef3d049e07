import SideNavigation, {
  type SideNavigationProps,
} from "@cloudscape-design/components/side-navigation";
import { useLocation, useNavigate } from "react-router";

import type { Operation } from "../auth/session";
import { useMay } from "../auth/usePerson";

type Item = SideNavigationProps.Item & { needs?: Operation };

const ITEMS: readonly Item[] = [
  { type: "link", text: "Campaigns", href: "/campaigns" },
  { type: "link", text: "Overview", href: "/overview" },
  { type: "divider" },
  { type: "link", text: "Senders", href: "/senders" },
  { type: "link", text: "Daily cap", href: "/quota" },
  { type: "link", text: "Suppressions", href: "/suppressions" },
  { type: "divider", needs: "listEndpoints" },
  { type: "link", text: "Integrations", href: "/integrations", needs: "listEndpoints" },
  { type: "link", text: "Erasures", href: "/erasures", needs: "listErasures" },
];

export function Navigation({ onFollow }: { onFollow: () => void }) {
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const may = useMay();
  return (
    <SideNavigation
      activeHref={`/${pathname.split("/")[1] ?? ""}`}
      items={ITEMS.filter(({ needs }) => !needs || may(needs))}
      onFollow={(event) => {
        event.preventDefault();
        void navigate(event.detail.href);
        onFollow();
      }}
    />
  );
}

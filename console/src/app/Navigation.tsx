import SideNavigation, {
  type SideNavigationProps,
} from "@cloudscape-design/components/side-navigation";
import { useLocation, useNavigate } from "react-router";

const ITEMS: SideNavigationProps.Item[] = [
  { type: "link", text: "Campaigns", href: "/campaigns" },
  { type: "link", text: "Overview", href: "/overview" },
  { type: "divider" },
  { type: "link", text: "Senders", href: "/senders" },
  { type: "link", text: "Daily cap", href: "/quota" },
  { type: "link", text: "Suppressions", href: "/suppressions" },
];

export function Navigation({ onFollow }: { onFollow: () => void }) {
  const navigate = useNavigate();
  const { pathname } = useLocation();
  return (
    <SideNavigation
      activeHref={`/${pathname.split("/")[1] ?? ""}`}
      items={ITEMS}
      onFollow={(event) => {
        event.preventDefault();
        void navigate(event.detail.href);
        onFollow();
      }}
    />
  );
}

import TopNavigation, {
  type TopNavigationProps,
} from "@cloudscape-design/components/top-navigation";
import { useNavigate } from "react-router";

import { live } from "../api/live";
import { useLiveStatus, useQuota, useSenders } from "../api/queries";
import { session } from "../auth/session";
import { usePerson } from "../auth/usePerson";
import { COUNTED, ROLE, number } from "../words";
import { setTheme, useTheme, type Theme } from "./theme";

const LIVE = {
  live: { text: "Live", iconName: "status-positive", title: "Changes are shown as they happen" },
  connecting: { text: "Connecting", iconName: "status-pending", title: "Connecting" },
  polling: {
    text: "Every 5 s",
    iconName: "status-warning",
    title: "No live connection: asked every 5 seconds. Connect again",
  },
} as const;

const THEMES: Record<Theme, string> = { light: "Light", dark: "Dark", system: "As the system" };

/** The bar over every page: the cap, whether what is shown is live, the colours, who is here. */
export function TopBar() {
  const navigate = useNavigate();
  const connection = LIVE[useLiveStatus()];
  const sender = useSenders().data?.find((each) => each.default);
  const quota = useQuota(sender?.senderId);
  const theme = useTheme();
  const person = usePerson();
  const utilities: TopNavigationProps.Utility[] = [
    {
      type: "button",
      iconName: connection.iconName,
      text: connection.text,
      ariaLabel: `${connection.text}: ${connection.title}`,
      title: connection.title,
      onClick: () => live.nudge(),
    },
    {
      type: "menu-dropdown",
      iconName: "settings",
      ariaLabel: "Colours",
      title: "Colours",
      items: (Object.keys(THEMES) as Theme[]).map((id) => ({
        id,
        text: THEMES[id],
        itemType: "checkbox" as const,
        checked: id === theme,
      })),
      onItemClick: ({ detail }) => setTheme(detail.id as Theme),
    },
    {
      type: "menu-dropdown",
      iconName: "user-profile",
      text: person ? ROLE[person.role] : "",
      description: person ? `${person.name} · ${person.tenant}` : "",
      items: [{ id: "out", text: "Sign out" }],
      onItemClick: () => void session.signOut(),
    },
  ];
  if (quota.data) {
    const { used, limit, window } = quota.data;
    const text = `${number(used)} of ${number(limit)} ${COUNTED[window]}`;
    utilities.unshift({
      type: "button",
      text,
      iconName: used >= limit ? "status-warning" : "status-info",
      ariaLabel: `${text}: daily cap of the default sender`,
      title: "Daily cap of the default sender",
      href: "/quota",
      onFollow: () => undefined,
      onClick: (event) => {
        event.preventDefault();
        void navigate("/quota");
      },
    });
  }
  return (
    <TopNavigation
      identity={{
        href: "/campaigns",
        title: "Campaigns",
        logo: { src: "/icon.svg", alt: "Campaign Executor" },
        onFollow: (event) => {
          event.preventDefault();
          void navigate("/campaigns");
        },
      }}
      utilities={utilities}
    />
  );
}

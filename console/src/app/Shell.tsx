import AppLayout from "@cloudscape-design/components/app-layout";
import BreadcrumbGroup from "@cloudscape-design/components/breadcrumb-group";
import Flashbar from "@cloudscape-design/components/flashbar";
import { Suspense, useEffect, useRef, useState } from "react";
import { Outlet, useLocation, useNavigate } from "react-router";

import { ConfirmDialog } from "./action";
import { Boundary } from "./Broken";
import { useFlashes } from "./flashes";
import { Navigation } from "./Navigation";
import { useCrumbs } from "./page";
import { PanelPlace, usePanel } from "./panel";
import { TopBar } from "./TopBar";
import { Waiting } from "./Waiting";

const NARROW = 688; // px, below which Cloudscape lays the navigation over the page

/** What is around every page. */
export function Shell() {
  const [open, setOpen] = useState(() => window.innerWidth > 1200);
  const flashes = useFlashes();
  const content = useFocusOnArrival();
  const panel = usePanel();
  const [position, setPosition] = useState<"side" | "bottom">("side");
  const { pathname } = useLocation();
  return (
    <>
      <a className="skip" href="#content">
        Skip to the content
      </a>
      <div id="top">
        <TopBar />
      </div>
      <AppLayout
        headerSelector="#top"
        navigation={
          <Navigation
            onFollow={() => {
              if (window.innerWidth <= NARROW) setOpen(false);
            }}
          />
        }
        navigationOpen={open}
        onNavigationChange={({ detail }) => setOpen(detail.open)}
        navigationWidth={220}
        toolsHide
        splitPanel={panel && <PanelPlace header={panel.header} />}
        splitPanelOpen={panel !== null}
        splitPanelPreferences={{ position }}
        onSplitPanelPreferencesChange={({ detail }) => setPosition(detail.position)}
        onSplitPanelToggle={({ detail }) => {
          if (!detail.open) panel?.close();
        }}
        notifications={<Flashbar items={flashes} stackItems />}
        stickyNotifications
        breadcrumbs={<Breadcrumbs />}
        ariaLabels={{
          navigation: "Pages",
          navigationClose: "Close the list of pages",
          navigationToggle: "Open the list of pages",
          notifications: "Notifications",
        }}
        content={
          <div id="content" ref={content} tabIndex={-1}>
            <Boundary key={pathname}>
              <Suspense fallback={<Waiting />}>
                <Outlet />
              </Suspense>
            </Boundary>
          </div>
        }
      />
      <ConfirmDialog />
    </>
  );
}

function Breadcrumbs() {
  const crumbs = useCrumbs();
  const navigate = useNavigate();
  return (
    <BreadcrumbGroup
      ariaLabel="Breadcrumbs"
      items={crumbs}
      onFollow={(event) => {
        event.preventDefault();
        void navigate(event.detail.href);
      }}
    />
  );
}

/** Where a page changes without a load, keyboard and screen reader must be told. */
function useFocusOnArrival() {
  const { pathname } = useLocation();
  const content = useRef<HTMLDivElement>(null);
  const last = useRef(pathname);
  useEffect(() => {
    if (last.current === pathname) return; // the browser has the focus right after a load
    last.current = pathname;
    window.scrollTo(0, 0);
    content.current?.focus({ preventScroll: true });
  }, [pathname]);
  return content;
}

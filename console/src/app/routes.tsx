import { lazy, type ComponentType } from "react";
import { BrowserRouter, Navigate, Route, Routes, matchPath } from "react-router";

import { Shell } from "./Shell";

type Load = () => Promise<{ default: ComponentType }>;

const HOME = "/campaigns";

/** By path; a page is loaded when somebody goes there. */
const PAGES: readonly (readonly [string, Load])[] = [
  [HOME, () => import("../pages/campaigns/CampaignsPage")],
  ["/campaigns/new", () => import("../pages/wizard/WizardPage")],
  ["/campaigns/:id", () => import("../pages/campaign/CampaignPage")],
  ["/campaigns/:id/edit", () => import("../pages/wizard/WizardPage")],
  ["/senders", () => import("../pages/senders/SendersPage")],
  ["/suppressions", () => import("../pages/suppressions/SuppressionsPage")],
  ["/overview", () => import("../pages/overview/OverviewPage")],
  ["/quota", () => import("../pages/quota/QuotaPage")],
  ["/integrations", () => import("../pages/integrations/IntegrationsPage")],
  ["/erasures", () => import("../pages/erasures/ErasuresPage")],
  ["*", () => import("../pages/NotFoundPage")],
];

const ROUTES = PAGES.map(([path, load]) => ({ path, Page: lazy(load) }));

/** Begins to load the page of an address; meanwhile the console asks who is there. */
export function fetchAhead(pathname: string): void {
  const wanted = pathname === "/" ? HOME : pathname;
  const found = PAGES.find(([path]) => matchPath(path, wanted));
  // Should it fail, it does so again where it is shown, and is told of there.
  found?.[1]().catch(() => undefined);
}

// Without react-router's data routers, which would be a twentieth of what the first page loads:
// data are TanStack Query's.
export function Pages() {
  return (
    <BrowserRouter>
      <Routes>
        <Route element={<Shell />}>
          <Route index element={<Navigate to={HOME} replace />} />
          {ROUTES.map(({ path, Page }) => (
            <Route key={path} path={path} element={<Page />} />
          ))}
        </Route>
      </Routes>
    </BrowserRouter>
  );
}

import { lazy, type ComponentType } from "react";
import { BrowserRouter, Navigate, Route, Routes } from "react-router";

import { Shell } from "./Shell";

/** By path; a page is loaded when somebody goes there. */
const PAGES: readonly (readonly [string, ComponentType])[] = [
  ["/campaigns", lazy(() => import("../pages/campaigns/CampaignsPage"))],
  ["/campaigns/new", lazy(() => import("../pages/wizard/WizardPage"))],
  ["/campaigns/:id", lazy(() => import("../pages/campaign/CampaignPage"))],
  ["/campaigns/:id/edit", lazy(() => import("../pages/wizard/WizardPage"))],
  ["/senders", lazy(() => import("../pages/senders/SendersPage"))],
  ["/suppressions", lazy(() => import("../pages/suppressions/SuppressionsPage"))],
  ["/overview", lazy(() => import("../pages/overview/OverviewPage"))],
  ["/quota", lazy(() => import("../pages/quota/QuotaPage"))],
  ["*", lazy(() => import("../pages/NotFoundPage"))],
];

// Without react-router's data routers, which would be a twentieth of what the first page loads:
// data are TanStack Query's.
export function Pages() {
  return (
    <BrowserRouter>
      <Routes>
        <Route element={<Shell />}>
          <Route index element={<Navigate to="/campaigns" replace />} />
          {PAGES.map(([path, Page]) => (
            <Route key={path} path={path} element={<Page />} />
          ))}
        </Route>
      </Routes>
    </BrowserRouter>
  );
}

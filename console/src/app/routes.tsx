import type { ComponentType } from "react";
import { Navigate, createBrowserRouter, type RouteObject } from "react-router";

import { BrokenRoute } from "./Broken";
import { Shell } from "./Shell";

type Page = () => Promise<{ default: ComponentType }>;

/** A page is loaded when somebody goes there. */
function page(path: string, load: Page): RouteObject {
  return { path, lazy: async () => ({ Component: (await load()).default }) };
}

export const makeRouter = () =>
  createBrowserRouter([
    {
      Component: Shell,
      ErrorBoundary: BrokenRoute,
      HydrateFallback: () => null,
      children: [
        {
          ErrorBoundary: BrokenRoute,
          children: [
            { index: true, element: <Navigate to="/campaigns" replace /> },
            page("/campaigns", () => import("../pages/campaigns/CampaignsPage")),
            page("/campaigns/new", () => import("../pages/wizard/WizardPage")),
            page("/campaigns/:id", () => import("../pages/campaign/CampaignPage")),
            page("/campaigns/:id/edit", () => import("../pages/wizard/WizardPage")),
            page("/senders", () => import("../pages/senders/SendersPage")),
            page("/suppressions", () => import("../pages/suppressions/SuppressionsPage")),
            page("/overview", () => import("../pages/overview/OverviewPage")),
            page("/quota", () => import("../pages/quota/QuotaPage")),
            page("*", () => import("../pages/NotFoundPage")),
          ],
        },
      ],
    },
  ]);

import "@cloudscape-design/global-styles/index.css";
import "./console.css";

import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { keepFresh } from "./api/cache";
import { connect } from "./api/client";
import { queryClient } from "./api/queries";
import { App } from "./app/App";
import { Broken } from "./app/Broken";
import { fetchAhead } from "./app/routes";
import { startTheme } from "./app/theme";
import { session } from "./auth/session";
import { loadConfig } from "./config";

const place = document.getElementById("root");
if (!place) throw new Error("The page has no place for the console.");
const root = createRoot(place);

startTheme();
fetchAhead(location.pathname);

async function begin(): Promise<void> {
  const config = await loadConfig();
  connect(config.apiUrl);
  await session.start(config);
  keepFresh();
  root.render(
    <StrictMode>
      <QueryClientProvider client={queryClient}>
        <App />
      </QueryClientProvider>
    </StrictMode>,
  );
}

begin().catch((error: unknown) => {
  root.render(<Broken error={error} />);
});

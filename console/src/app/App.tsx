import { I18nProvider } from "@cloudscape-design/components/i18n";
import messages from "@cloudscape-design/components/i18n/messages/all.en";
import { useEffect } from "react";

import { live } from "../api/live";
import { queryClient } from "../api/queries";
import { SignIn } from "../auth/SignIn";
import { usePerson } from "../auth/usePerson";
import { forgetFlashes } from "./flashes";
import { Pages } from "./routes";

/** The pages for whoever is signed in; else the way in. */
export function App() {
  return (
    <I18nProvider locale="en" messages={[messages]}>
      <Inside />
    </I18nProvider>
  );
}

function Inside() {
  const person = usePerson();
  const who = person && `${person.tenant}/${person.name}/${person.role}`;
  useEffect(() => {
    if (!who) return;
    live.start();
    const nudge = () => live.nudge();
    window.addEventListener("online", nudge);
    return () => {
      window.removeEventListener("online", nudge);
      live.stop();
      queryClient.clear(); // the next one may see less
      forgetFlashes();
    };
  }, [who]);
  return who ? <Pages key={who} /> : <SignIn />;
}

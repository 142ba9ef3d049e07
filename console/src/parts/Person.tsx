import { usePerson } from "../auth/usePerson";
import { personName } from "./people";

/** Who did something, as whoever is signed in calls them. */
export function Person({ subject }: { subject: string | null }) {
  return personName(subject, usePerson()?.subject);
}

/** `You`, the system, a name, or the beginning of an id that says nothing to people. */
export function personName(subject: string | null, me: string | undefined): string {
  if (!subject) return "–";
  if (subject === me) return "You";
  if (subject === "system") return "The system";
  return /^[0-9a-f]{8}-/.test(subject) ? subject.slice(0, 8) : subject;
}

/** The steps of the wizard, in order, by their names in the address. */
export const STEPS = ["message", "sending", "list", "review"] as const;
export type Step = (typeof STEPS)[number];

export function stepOf(text: string | null): Step {
  return STEPS.find((step) => step === text) ?? "message";
}

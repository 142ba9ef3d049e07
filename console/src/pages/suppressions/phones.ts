import type { ApiError } from "../../api/errors";

/** What a request takes. */
export const MOST = 1_000;

/** The phones of a text, one in each line, or between commas. */
export function phonesOf(text: string): string[] {
  const found = text
    .split(/[\n,;]+/)
    .map((each) => each.trim())
    .filter(Boolean);
  return [...new Set(found)];
}

/** Which of them the server did not take, and why, by the places that it names. */
export function refused(phones: readonly string[], details: ApiError["details"]): string[] {
  return details.flatMap(({ field, message }) => {
    const [, place] = /^phones\.(\d+)$/.exec(String(field)) ?? [];
    const phone = place && phones[Number(place)];
    return phone && typeof message === "string" ? [`“${phone}” ${message}`] : [];
  });
}

/** What keeps them from being sent; the server looks at each. */
export function lacking(phones: readonly string[]): string | undefined {
  if (!phones.length) return "Enter at least one phone number.";
  if (phones.length > MOST) return "At most 1,000 at once. Import longer lists as a file.";
  return undefined;
}

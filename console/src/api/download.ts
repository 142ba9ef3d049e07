import { session } from "../auth/session";
import { address } from "./client";
import { ApiError, UNREACHABLE, errorOf } from "./errors";

/**
 * Saves a CSV file of the API under a name, all pieces of it: the server answers 206 and a `Link`
 * to the next one until there is none. Throws ApiError; then nothing is saved.
 */
export async function download(path: string, name: string): Promise<void> {
  const pieces: Blob[] = [];
  for (let next: string | null = path; next;) {
    const answer = await ask(next);
    pieces.push(await answer.blob());
    next = nextOf(answer.headers.get("Link"));
  }
  save(new Blob(pieces, { type: "text/csv" }), name);
}

/** Hands a file to the browser, which puts it where downloads go. */
export function save(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

/** Where a `Link` header says that the next piece is; null: that was the last. */
export function nextOf(link: string | null): string | null {
  return /^<([^>]+)>; rel="next"$/.exec(link ?? "")?.[1] ?? null;
}

async function ask(path: string): Promise<Response> {
  const headers = { Authorization: `Bearer ${await session.token()}` };
  const answer = await fetch(address(path), { headers }).catch(() => {
    throw new ApiError(0, "UNREACHABLE", UNREACHABLE);
  });
  if (answer.status === 401) session.ended();
  if (!answer.ok) throw errorOf(answer.status, await answer.json().catch(() => null));
  return answer;
}

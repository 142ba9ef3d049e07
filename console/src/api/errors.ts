import type { components } from "./schema";

type ErrorBody = components["schemas"]["ErrorBody"];

/** What the server answered instead of what was asked for; the message says what to do. */
export class ApiError extends Error {
  override name = "ApiError";
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: ErrorBody["details"] = [],
  ) {
    super(message);
  }

  /** Whether the same request may well succeed in a moment. */
  get passing(): boolean {
    return this.status === 0 || this.status === 503 || this.code === "IDEMPOTENCY_KEY_IN_USE";
  }
}

/** Whether what was asked for is not there. */
export const isMissing = (error: unknown): boolean =>
  error instanceof ApiError && error.status === 404;

export const UNREACHABLE =
  "The server can't be reached. Look at the connection; what was not answered may have been done all the same.";

/** The error of an answer, also of one that is not the API's own (a proxy, API Gateway). */
export function errorOf(status: number, body: unknown): ApiError {
  const told = (body as { error?: Partial<ErrorBody> } | null | undefined)?.error;
  if (told?.code && told.message) {
    return new ApiError(status, told.code, told.message, told.details ?? []);
  }
  if (status === 401) {
    return new ApiError(status, "UNAUTHORIZED", "You are signed out. Sign in again.");
  }
  const message = `The server answered ${String(status)} without saying why. Try again.`;
  return new ApiError(status, "UNKNOWN", message);
}

/** Any thrown value in words. */
export function wordsOf(error: unknown): string {
  if (error instanceof ApiError) {
    const fields = error.details.flatMap((each) =>
      typeof each.field === "string" && typeof each.message === "string"
        ? [`${each.field} ${each.message}`]
        : [],
    );
    const unsaid = fields.filter((field) => !error.message.includes(field));
    return [error.message, ...unsaid].join(" · ");
  }
  return error instanceof Error ? error.message : String(error);
}

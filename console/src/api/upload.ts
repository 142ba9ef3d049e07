import { session } from "../auth/session";
import { address, once } from "./client";
import { ApiError, UNREACHABLE, errorOf } from "./errors";

export interface Sending {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: XMLHttpRequestBodyInit;
  /** Told how much is there, 0 to 1; `fetch` can't say. */
  onProgress: (part: number) => void;
  signal: AbortSignal;
}

/** Sends a file. Throws ApiError; an AbortError if it was stopped. */
export function send({ method, url, headers, body, onProgress, signal }: Sending) {
  return new Promise<unknown>((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => {
      if (total) onProgress(loaded / total);
    };
    request.onerror = () => reject(new ApiError(0, "UNREACHABLE", UNREACHABLE));
    request.onabort = () => reject(new DOMException("The upload was stopped.", "AbortError"));
    request.onload = () => {
      const answer = parsed(request.responseText);
      if (request.status < 300) resolve(answer);
      else reject(errorOf(request.status, answer));
    };
    signal.addEventListener("abort", () => request.abort());
    request.send(body);
  });
}

/**
 * The same to a path of the API, signed, with a CSV file as body: unlike a form it has the same
 * bytes each time, so the server knows it again by its key. As `text/csv` API Gateway would hand it
 * on as UTF-8, whatever it is.
 */
export async function sendToApi(
  path: string,
  file: File,
  key: string,
  more: Pick<Sending, "onProgress" | "signal">,
): Promise<unknown> {
  const headers = {
    Authorization: `Bearer ${await session.token()}`,
    "Content-Type": "application/csv",
    ...once(key),
  };
  try {
    return await send({ method: "POST", url: address(path), headers, body: file, ...more });
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) session.ended();
    throw error;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

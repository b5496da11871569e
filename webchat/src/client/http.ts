/** HTTP calls of the contract. Every call has a timeout, and every failure is a `WireError`. */

import { ParseError, parseError } from "../protocol/parse";
import type { WireError } from "../protocol/model";
import { setServerTime } from "../ui/clock";

const WITHIN_ITS_SECOND_MS = 999; // a date of HTTP names the second that has begun
const HTTP_TIMEOUT_MS = 10_000; // longer than any answer of the server, short enough for a person who waits

export class CallFailed extends Error {
  override readonly name = "CallFailed";
  constructor(
    readonly error: WireError,
    readonly status: number,
  ) {
    super(error.code);
  }
}

interface Call {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  readonly token?: string | null;
  readonly body?: unknown;
  /** For what takes its time on purpose; people are shown that it is under way. */
  readonly timeoutMs?: number;
}

async function send(path: string, { method = "GET", token = null, body, timeoutMs = HTTP_TIMEOUT_MS }: Call): Promise<Response> {
  const headers = new Headers();
  if (token !== null) headers.set("Authorization", `Bearer ${token}`);
  if (body !== undefined) headers.set("Content-Type", "application/json");
  try {
    const response = await fetch(path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      cache: "no-store",
      signal: AbortSignal.timeout(timeoutMs),
    });
    setServerTime(response.headers.get("Date") ?? "", WITHIN_ITS_SECOND_MS);
    return response;
  } catch {
    throw new CallFailed({ code: "offline", message: "", retry_after_s: null }, 0);
  }
}

async function failure(response: Response): Promise<CallFailed> {
  const body: unknown = await response.json().catch(() => null);
  const error = typeof body === "object" && body !== null && "error" in body ? body.error : body;
  return new CallFailed(parseError(error), response.status);
}

/** The parsed answer of a call that succeeded. */
export async function call<T>(path: string, options: Call, parse: (value: unknown) => T): Promise<T> {
  const response = await send(path, options);
  if (!response.ok) throw await failure(response);
  try {
    return parse(response.status === 204 ? null : await response.json());
  } catch (error) {
    if (!(error instanceof ParseError) && !(error instanceof SyntaxError)) throw error;
    throw new CallFailed({ code: "unavailable", message: error.message, retry_after_s: null }, response.status);
  }
}

/** The file behind a path. */
export async function download(path: string, token: string): Promise<Blob> {
  const response = await send(path, { token });
  if (!response.ok) throw await failure(response);
  return response.blob();
}

export const asWireError = (error: unknown): WireError =>
  error instanceof CallFailed ? error.error : { code: "unavailable", message: "", retry_after_s: null };

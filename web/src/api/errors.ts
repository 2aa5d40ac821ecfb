/** A failed request, told so that a person can act on it: what, why, what to do, and the id to quote. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly details: string | null = null,
    readonly help: string | null = null,
    readonly requestId: string | null = null,
  ) {
    super(message);
    this.name = "ApiError";
  }

  /** 401 also means "not your entity"; only the authentication failure ends the session. */
  get sessionEnded(): boolean {
    return this.status === 401 && this.message !== "Access denied";
  }

  get denied(): boolean {
    return this.status === 403 || (this.status === 401 && this.message === "Access denied");
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function readable(details: unknown): string | null {
  if (typeof details === "string") return details || null;
  if (!Array.isArray(details)) return null;
  const messages = details.map((item: unknown) => (isRecord(item) && typeof item["msg"] === "string" ? item["msg"] : ""));
  return messages.filter(Boolean).join("; ") || null;
}

/** Reads the wire envelope `{"error": {message, details, help}}`; anything else keeps the status text. */
export function errorFromBody(status: number, body: unknown, requestId: string | null): ApiError {
  const envelope = isRecord(body) && isRecord(body["error"]) ? body["error"] : null;
  const message = typeof envelope?.["message"] === "string" ? envelope["message"] : `The server answered ${status}`;
  const help = typeof envelope?.["help"] === "string" ? envelope["help"] : null;
  return new ApiError(status, message, readable(envelope?.["details"]), help, requestId);
}

export function unreachable(): ApiError {
  return new ApiError(
    0,
    "The server cannot be reached",
    "The connection was refused or cut before an answer arrived.",
    "Check that CodeMie is running and that you are online, then try again.",
  );
}

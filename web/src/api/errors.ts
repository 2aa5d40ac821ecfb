/** An MCP server that wants the person to sign in. */
export interface SignInDemand {
  mcp_server_name: string;
  auth_config_id: string;
  as_hostname: string | null;
  status: string;
  error_context: string | null;
}

/** A failed request, told so that a person can act on it: what, why, what to do, and the id to quote. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly details: string | null = null,
    readonly help: string | null = null,
    readonly requestId: string | null = null,
    /** The body as it came, for the few who read more of it. */
    readonly body: unknown = null,
  ) {
    super(message);
    this.name = "ApiError";
  }

  /** 401 also means "not your entity", or "sign in at a server"; only the authentication failure ends the session. */
  get sessionEnded(): boolean {
    return this.status === 401 && this.message !== "Access denied" && this.signInDemands.length === 0;
  }

  /** MCP servers that want a sign-in before the request can be repeated. */
  get signInDemands(): readonly SignInDemand[] {
    const body = isRecord(this.body) ? this.body : {};
    return body["error"] === "authentication_required" && Array.isArray(body["servers"]) ? (body["servers"] as SignInDemand[]) : [];
  }

  /** What is wrong with each value of the request's body, by its path, such as `rules.0.pattern`. */
  get valueProblems(): Readonly<Record<string, string>> {
    const envelope = isRecord(this.body) && isRecord(this.body["error"]) ? this.body["error"] : {};
    const details: unknown[] = Array.isArray(envelope["details"]) ? envelope["details"] : [];
    const problems: Record<string, string> = {};
    for (const item of details) {
      if (!isRecord(item) || !Array.isArray(item["loc"]) || typeof item["msg"] !== "string") continue;
      const path = item["loc"].filter((part) => part !== "body");
      if (typeof path[0] === "string") problems[path.join(".")] ??= plain(item["msg"]);
    }
    return problems;
  }

  /** The same by the name of the field that holds the value. */
  get fieldProblems(): Readonly<Record<string, string>> {
    const problems: Record<string, string> = {};
    for (const [path, problem] of Object.entries(this.valueProblems)) problems[path.split(".")[0] ?? path] ??= problem;
    return problems;
  }

  /** A guardrail refused what was said, or what a model wrote. */
  get refused(): boolean {
    return this.message === "Request blocked by guardrails" || (isRecord(this.body) && this.body["execution_error"] === "guardrails");
  }

  get denied(): boolean {
    return this.status === 403 || (this.status === 401 && this.message === "Access denied");
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

/** Without the words that the validator puts in front of ours. */
const plain = (told: string): string => told.replaceAll("Value error, ", "");

/** What the details say beyond the message, which may name each problem already. */
function readable(details: unknown, message: string): string | null {
  if (typeof details === "string") return details || null;
  if (!Array.isArray(details)) return null;
  const messages = details.map((item: unknown) => (isRecord(item) && typeof item["msg"] === "string" ? plain(item["msg"]) : ""));
  return messages.filter((told) => told && !message.includes(told)).join("; ") || null;
}

/** Reads the wire envelope `{"error": {message, details, help}}`; anything else keeps the status text. */
export function errorFromBody(status: number, body: unknown, requestId: string | null): ApiError {
  const envelope = isRecord(body) && isRecord(body["error"]) ? body["error"] : null;
  const message = typeof envelope?.["message"] === "string" ? plain(envelope["message"]) : plainMessage(status, body);
  const help = typeof envelope?.["help"] === "string" ? envelope["help"] : null;
  return new ApiError(status, message, readable(envelope?.["details"], message), help, requestId, body);
}

function plainMessage(status: number, body: unknown): string {
  const error = isRecord(body) ? body["error"] : null;
  return error === "authentication_required" ? "An MCP server asks for a sign-in" : `The server answered ${status}`;
}

export function unreachable(): ApiError {
  return new ApiError(
    0,
    "The server cannot be reached",
    "The connection was refused or cut before an answer arrived.",
    "Check that CodeMie is running and that you are online, then try again.",
  );
}

import { ApiError, errorFromBody, unreachable } from "./errors";

type Value = string | number | boolean | null | undefined;
/** A list becomes a repeated parameter. */
type Query = Record<string, Value | readonly string[]>;

export interface RequestOptions {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  query?: Query;
  json?: unknown;
  form?: FormData;
  signal?: AbortSignal | undefined;
}

export function url(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (Array.isArray(value)) value.forEach((item: string) => search.append(key, item));
    else if (value !== null && value !== undefined && value !== "") search.set(key, String(value));
  }
  const suffix = search.toString();
  return `/v1${path}${suffix ? `?${suffix}` : ""}`;
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  if (!text) return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** Gets a new session when the old one has ended; true: what was refused may be sent again. */
type Renewal = (refusal: ApiError) => Promise<boolean>;

let renew: Renewal = () => Promise.resolve(false);

export function whenSessionEnds(renewal: Renewal): void {
  renew = renewal;
}

/** Tries again, once, what was refused because the session had ended and a new one could be had: nothing was done yet. */
async function renewing<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof ApiError && error.sessionEnded && (await renew(error))) return attempt();
    throw error;
  }
}

/** Sends a request with the session cookie and returns the raw response; throws {@link ApiError} unless it is 2xx. */
export function send(path: string, options: RequestOptions = {}): Promise<Response> {
  return renewing(() => sendOnce(path, options));
}

async function sendOnce(path: string, options: RequestOptions): Promise<Response> {
  const init: RequestInit = { method: options.method ?? "GET", credentials: "same-origin" };
  if (options.signal) init.signal = options.signal;
  if (options.json !== undefined) {
    init.body = JSON.stringify(options.json);
    init.headers = { "Content-Type": "application/json" };
  } else if (options.form) {
    init.body = options.form;
  }
  let response: Response;
  try {
    response = await fetch(url(path, options.query), init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw unreachable();
  }
  if (!response.ok) {
    throw errorFromBody(response.status, await bodyOf(response), response.headers.get("X-Request-ID"));
  }
  return response;
}

/** Sends a request and returns its JSON body. The wire shape is the caller's claim, checked by the backend's tests. */
export async function request<T>(path: string, options: RequestOptions = {}): Promise<T> {
  const response = await send(path, options);
  return (await bodyOf(response)) as T;
}

/** Posts a form with upload progress (0–1), which fetch cannot report. */
export function upload(
  path: string,
  query: Query,
  form: FormData,
  onProgress: (share: number) => void,
): Promise<unknown> {
  return renewing(() => uploadOnce(path, query, form, onProgress));
}

function uploadOnce(
  path: string,
  query: Query,
  form: FormData,
  onProgress: (share: number) => void,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open("POST", url(path, query));
    xhr.responseType = "json";
    xhr.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total);
    };
    xhr.onerror = () => reject(unreachable());
    xhr.onload = () => {
      if (xhr.status < 300) resolve(xhr.response);
      else reject(errorFromBody(xhr.status, xhr.response, xhr.getResponseHeader("X-Request-ID")));
    };
    xhr.send(form);
  });
}

export { ApiError };

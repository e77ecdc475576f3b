import { isByItself, noRenewalHeader } from './automatic.ts';
import { ApiError } from './errors.ts';

export const harborApi = '/api/v2.0';
export const berthApi = '/api/berth/v1';

const csrfHeader = 'X-Harbor-CSRF-Token';
let csrfToken: string | null = null;

export interface CallOptions {
  method?: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'DELETE';
  query?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  /** Sent as `application/x-www-form-urlencoded` instead of a JSON body. */
  form?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

/** The answer's JSON body. Throws ApiError for anything but 2xx. */
export async function call<T>(path: string, options: CallOptions = {}): Promise<T> {
  const response = await send(path, options);
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** The answer's body as text: documents that somebody pushed. Throws ApiError for anything but 2xx. */
export async function callText(path: string, options: CallOptions = {}): Promise<string> {
  return (await send(path, options)).text();
}

export interface Page<T> {
  items: T[];
  /** All items that match, on all pages; null where the server did not count so far. */
  total: number | null;
  /** Where the page after it begins, null at the end; left out where pages have numbers. */
  next?: string | null;
}

/** One page of a list, with the total the server counted. Throws ApiError. */
export async function callPage<T>(
  path: string,
  options: CallOptions = {},
): Promise<Page<T> & { total: number }> {
  const response = await send(path, options);
  const items = (await response.json()) as T[] | null;
  const total = Number(response.headers.get('X-Total-Count') ?? items?.length ?? 0);
  return { items: items ?? [], total };
}

/**
 * Sends one request. When the server refuses the CSRF token (none yet, or a new session), a GET fetches
 * a new one and the request is sent once more.
 */
async function send(path: string, options: CallOptions): Promise<Response> {
  const response = await attempt(path, options);
  if (response.ok) return response;
  const error = await readError(response);
  if (error.status !== 403 || !/csrf/i.test(error.message)) throw error;
  await attempt(`${berthApi}/boot`, {});
  const second = await attempt(path, options);
  if (!second.ok) throw await readError(second);
  return second;
}

async function attempt(path: string, options: CallOptions): Promise<Response> {
  const { method = 'GET', query, body, form, signal } = options;
  const headers = new Headers({ Accept: 'application/json' });
  if (isByItself()) headers.set(noRenewalHeader, 'true');
  if (method !== 'GET' && method !== 'HEAD' && csrfToken !== null) headers.set(csrfHeader, csrfToken);
  if (body !== undefined) headers.set('Content-Type', 'application/json');
  const init: RequestInit = { method, headers, credentials: 'same-origin', signal: signal ?? null };
  if (form) init.body = new URLSearchParams(form);
  else if (body !== undefined) init.body = JSON.stringify(body);
  const response = await fetch(withQuery(path, query), init).catch((cause: unknown) => {
    if (signal?.aborted) throw cause;
    throw new ApiError({ status: 0, code: 'UNREACHABLE', message: 'no answer', requestId: null });
  });
  csrfToken = response.headers.get(csrfHeader) ?? csrfToken;
  return response;
}

function withQuery(path: string, query: CallOptions['query']): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined && value !== '') search.set(name, String(value));
  }
  return search.size === 0 ? path : `${path}?${search}`;
}

interface Refusal {
  errors?: { code?: string; message?: string }[];
}

async function readError(response: Response): Promise<ApiError> {
  const body = (await response.json().catch(() => null)) as Refusal | null;
  return refusalOf(response, response.headers.get('X-Request-Id'), body);
}

function refusalOf(
  { status, statusText }: { status: number; statusText: string },
  requestId: string | null,
  body: Refusal | null,
): ApiError {
  const first = body?.errors?.[0];
  return new ApiError({
    status,
    code: first?.code ?? String(status),
    message: first?.message ?? statusText,
    requestId,
  });
}

export interface FileCall {
  file: Blob;
  query?: CallOptions['query'];
  signal: AbortSignal;
  /** Called with the bytes that have gone out so far. */
  onSent: (bytes: number) => void;
}

/** Sends a file as it is, telling how far it is, which fetch cannot. The answer's JSON body; throws ApiError. */
export async function callWithFile<T>(path: string, options: FileCall): Promise<T> {
  // A refused token would be noticed only after the whole file went out.
  if (csrfToken === null) await attempt(`${berthApi}/boot`, {});
  const { file, query, signal, onSent } = options;
  return new Promise<T>((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = (): void => request.abort();
    request.open('POST', withQuery(path, query));
    request.responseType = 'text';
    request.setRequestHeader('Accept', 'application/json');
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    if (csrfToken !== null) request.setRequestHeader(csrfHeader, csrfToken);
    request.upload.onprogress = (event) => onSent(event.loaded);
    request.onload = () => {
      csrfToken = request.getResponseHeader(csrfHeader) ?? csrfToken;
      if (request.status >= 200 && request.status < 300)
        return resolve(JSON.parse(request.responseText) as T);
      const body = parseRefusal(request.responseText);
      reject(refusalOf(request, request.getResponseHeader('X-Request-Id'), body));
    };
    request.onabort = () => reject(new DOMException('stopped', 'AbortError'));
    request.onerror = () =>
      reject(new ApiError({ status: 0, code: 'UNREACHABLE', message: 'no answer', requestId: null }));
    request.onloadend = () => signal.removeEventListener('abort', stop);
    signal.addEventListener('abort', stop);
    if (signal.aborted) return request.abort();
    request.send(file);
  });
}

function parseRefusal(text: string): Refusal | null {
  try {
    return JSON.parse(text) as Refusal;
  } catch {
    return null;
  }
}

/**
 * A repository's name as one path segment. Encoded twice, as Harbor's clients do: its slashes must
 * survive every proxy that decodes once.
 */
export function repositorySegment(name: string): string {
  return encodeURIComponent(encodeURIComponent(name));
}

import { AppError, ERROR_TABLE, type ErrorCode } from '../lib/errors.ts';

/** What an error becomes on the wire. */
export interface EncodedError {
  readonly status: number;
  readonly body: {
    readonly errors: readonly {
      readonly code: string;
      readonly message: string;
      readonly detail?: unknown;
    }[];
  };
  readonly headers: Readonly<Record<string, string>>;
  /** An unexpected throw: to be logged in full, told to the caller in a fixed sentence. */
  readonly isBug: boolean;
}

const FRAMEWORK_MESSAGE_MAX = 300;
const LONG_QUOTE = /'[^']{100,}'/;

// Errors that Fastify raises by itself, in our vocabulary.
const FRAMEWORK: Readonly<Record<number, ErrorCode>> = {
  400: 'bad_request',
  404: 'not_found',
  405: 'unsupported',
  408: 'request_timeout',
  413: 'too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  422: 'unprocessable',
  429: 'too_many_requests',
  431: 'headers_too_large',
  503: 'unavailable',
};

/** The error as ours: itself, the framework's translated, or undefined for a bug. */
function asAppError(error: unknown): AppError | undefined {
  if (error instanceof AppError) return error;
  const { statusCode, message, validation } = error as {
    statusCode?: unknown;
    message?: unknown;
    validation?: unknown;
  };
  // Harbor answers 422 to what its schema refuses.
  if (validation !== undefined) return new AppError('unprocessable', String(message));
  if (typeof statusCode !== 'number' || statusCode >= 500) return undefined;
  const code = FRAMEWORK[statusCode];
  // Fastify repeats the whole address that it refuses.
  const told = String(message).replace(LONG_QUOTE, 'the address').slice(0, FRAMEWORK_MESSAGE_MAX);
  return code ? new AppError(code, told) : undefined;
}

/** Encodes for one of the two dialects: Harbor's `/api`, or the distribution spec's `/v2`. */
export function encodeError(error: unknown, dialect: 'harbor' | 'oci'): EncodedError {
  const known = asAppError(error);
  const code = known?.code ?? 'internal';
  const entry = ERROR_TABLE[code];
  const message = known?.message ?? 'internal server error';
  const detail = known?.detail;
  const item =
    dialect === 'oci'
      ? { code: entry.oci, message, detail: detail ?? null }
      : { code: entry.harbor, message };
  const details = dialect === 'oci' && Array.isArray(detail) ? detail : undefined;
  // A manifest with several missing blobs is refused with one error for each (OCI distribution spec, "Error Codes").
  const errors = details ? details.map((each: unknown) => ({ ...item, detail: each })) : [item];
  return {
    status: entry.status,
    body: { errors },
    headers: known?.headers ?? {},
    isBug: known === undefined,
  };
}

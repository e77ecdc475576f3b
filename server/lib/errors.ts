/**
 * The one error vocabulary. Services throw an {@link AppError} with one of these codes; the encoders in
 * `http/errors.ts` (Harbor's envelope) and `oci/errors.ts` (the distribution spec's envelope) look the code up here.
 * docs/errors.md is the same table in words; a test keeps the three equal.
 */
export interface ErrorEntry {
  /** HTTP status of the reply. */
  readonly status: number;
  /** Code in the distribution spec's envelope (OCI distribution spec, "Error Codes"). */
  readonly oci: string;
  /** Code in Harbor's envelope. */
  readonly harbor: string;
  /** Whether the same request may succeed later without any change. */
  readonly retryable: boolean;
}

const entry = (status: number, oci: string, harbor: string, retryable = false): ErrorEntry => ({
  status,
  oci,
  harbor,
  retryable,
});

export const ERROR_TABLE = {
  bad_request: entry(400, 'UNSUPPORTED', 'BAD_REQUEST'),
  name_invalid: entry(400, 'NAME_INVALID', 'BAD_REQUEST'),
  tag_invalid: entry(400, 'TAG_INVALID', 'BAD_REQUEST'),
  digest_invalid: entry(400, 'DIGEST_INVALID', 'DIGEST_INVALID'),
  manifest_invalid: entry(400, 'MANIFEST_INVALID', 'MANIFEST_INVALID'),
  manifest_blob_unknown: entry(400, 'MANIFEST_BLOB_UNKNOWN', 'MANIFEST_INVALID'),
  size_invalid: entry(400, 'SIZE_INVALID', 'BAD_REQUEST'),
  upload_invalid: entry(400, 'BLOB_UPLOAD_INVALID', 'BAD_REQUEST'),
  page_invalid: entry(400, 'PAGINATION_NUMBER_INVALID', 'BAD_REQUEST'),
  unauthorized: entry(401, 'UNAUTHORIZED', 'UNAUTHORIZED'),
  forbidden: entry(403, 'DENIED', 'FORBIDDEN'),
  denied: entry(403, 'DENIED', 'DENIED'),
  not_found: entry(404, 'NAME_UNKNOWN', 'NOT_FOUND'),
  name_unknown: entry(404, 'NAME_UNKNOWN', 'NOT_FOUND'),
  manifest_unknown: entry(404, 'MANIFEST_UNKNOWN', 'NOT_FOUND'),
  blob_unknown: entry(404, 'BLOB_UNKNOWN', 'NOT_FOUND'),
  upload_unknown: entry(404, 'BLOB_UPLOAD_UNKNOWN', 'NOT_FOUND'),
  unsupported: entry(405, 'UNSUPPORTED', 'METHOD_NOT_ALLOWED'),
  request_timeout: entry(408, 'UNSUPPORTED', 'BAD_REQUEST', true),
  conflict: entry(409, 'DENIED', 'CONFLICT'),
  upload_busy: entry(409, 'BLOB_UPLOAD_INVALID', 'CONFLICT', true),
  precondition: entry(412, 'DENIED', 'PRECONDITION'),
  referenced: entry(412, 'DENIED', 'VIOLATE_FOREIGN_KEY_CONSTRAINT'),
  too_large: entry(413, 'SIZE_INVALID', 'REQUEST_ENTITY_TOO_LARGE'),
  uri_too_long: entry(414, 'UNSUPPORTED', 'BAD_REQUEST'),
  unsupported_media_type: entry(415, 'UNSUPPORTED', 'UNSUPPORTED_MEDIA_TYPE'),
  range_invalid: entry(416, 'RANGE_INVALID', 'BAD_REQUEST'),
  misdirected: entry(421, 'DENIED', 'FORBIDDEN'),
  unprocessable: entry(422, 'UNSUPPORTED', 'UNPROCESSABLE_ENTITY'),
  too_many_requests: entry(429, 'TOOMANYREQUESTS', 'TOO_MANY_REQUEST', true),
  headers_too_large: entry(431, 'UNSUPPORTED', 'BAD_REQUEST'),
  internal: entry(500, 'UNKNOWN', 'UNKNOWN', true),
  unavailable: entry(503, 'UNAVAILABLE', 'UNKNOWN', true),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERROR_TABLE;

export interface AppErrorOptions {
  /** Machine-readable addition, shown to the caller: never put secrets in it. */
  readonly detail?: unknown;
  readonly cause?: unknown;
  /** Extra response headers, such as Location and Range on a refused chunk. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An expected refusal. Its message is shown to the caller, so it says what to do. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly detail: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AppError';
    this.code = code;
    this.detail = options.detail;
    this.headers = options.headers ?? {};
  }
}

/** The thing named by the request does not exist (or is not shared with the caller: the two read alike). */
export function notFound(kind: string, name: string | number): AppError {
  return new AppError('not_found', `${kind} ${name} not found`);
}

import { X509Certificate } from 'node:crypto';
import type { AddressInfo } from 'node:net';

/** The certificate that is served, for people to compare. */
export interface CertificateFacts {
  /** Where it was read from. */
  readonly file: string;
  /** Host names and addresses that it is for. */
  readonly names: readonly string[];
  readonly subject: string;
  readonly issuer: string;
  readonly validFromMs: number;
  readonly validUntilMs: number;
  /** SHA-256, hex with colons, as browsers and openssl show it. */
  readonly fingerprint: string;
}

/** How this server is reached. */
export interface NetworkState {
  /** `HOST:PORT`; empty while it does not listen. */
  readonly listen: readonly string[];
  /** Nothing but this machine reaches the address that is listened at. */
  readonly isLocalOnly: boolean;
  /** As the administrator named it. */
  readonly externalUrl: string | undefined;
  readonly certificate: CertificateFacts | undefined;
  readonly trustedProxies: readonly string[];
}

/** The names of `DNS:a.example, IP Address:10.0.0.1`, without what kind each is; a quoted one stays as it is. */
function readNames(alternatives: string | undefined): string[] {
  const parts = alternatives?.match(/[^,"]+:(?:"[^"]*"|[^,]*)/g) ?? [];
  return parts.map((part) => part.slice(part.indexOf(':') + 1).trim());
}

/** The common name of a distinguished name, else its last part, else all of it. */
function shortName(distinguished: string): string {
  const lines = distinguished.split('\n').filter(Boolean);
  const common = lines.find((line) => line.startsWith('CN='));
  const line = common ?? lines.at(-1) ?? '';
  return line.slice(line.indexOf('=') + 1);
}

/** What the first certificate of a PEM file says. Throws when there is none. */
export function describeCertificate(file: string, pem: Buffer): CertificateFacts {
  const certificate = new X509Certificate(pem);
  return {
    file,
    names: readNames(certificate.subjectAltName),
    subject: shortName(certificate.subject),
    issuer: shortName(certificate.issuer),
    validFromMs: certificate.validFromDate.getTime(),
    validUntilMs: certificate.validToDate.getTime(),
    fingerprint: certificate.fingerprint256,
  };
}

/** `HOST:PORT` of what a server listens at; IPv6 in brackets. */
export function describeListen(host: string, bound: AddressInfo | string | null): readonly string[] {
  if (bound === null) return [];
  if (typeof bound === 'string') return [bound];
  return [`${host.includes(':') ? `[${host}]` : host}:${bound.port}`];
}

// First match wins: buildah and skopeo name the library that they share with podman after themselves.
const CLIENTS: readonly (readonly [RegExp, string])[] = [
  [/\bbuildah\b/i, 'buildah'],
  [/\bskopeo\b/i, 'skopeo'],
  [/\b(podman|libpod)\b/i, 'podman'],
  [/\bcontainerd\b/i, 'containerd'],
  [/\bhelm\b/i, 'helm'],
  [/\boras\b/i, 'oras'],
  [/\b(go-containerregistry|crane|ko)\b/i, 'crane'],
  [/\bcontainers\/\d/i, 'podman'],
  [/\bdocker\b/i, 'docker'],
];

/** The client program behind a User-Agent, as people call it; `unknown` when it is none of the usual ones. */
export function guessClient(userAgent: string): string {
  return CLIENTS.find(([pattern]) => pattern.test(userAgent))?.[1] ?? 'unknown';
}

/** What a path below /v2 names (OCI distribution spec, "Endpoints"). Names hold slashes, so it is read from the right. */
export type OciPath =
  | { readonly kind: 'base' }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'blob'; readonly name: string; readonly digest: string }
  | { readonly kind: 'uploads'; readonly name: string }
  | { readonly kind: 'upload'; readonly name: string; readonly id: string }
  | { readonly kind: 'manifest'; readonly name: string; readonly reference: string }
  | { readonly kind: 'tags'; readonly name: string }
  | { readonly kind: 'referrers'; readonly name: string; readonly digest: string };

/** Reads the part of the path after `/v2`, already percent-decoded; undefined when it is no endpoint. */
export function matchOciPath(rest: string): OciPath | undefined {
  if (rest === '' || rest === '/') return { kind: 'base' };
  const parts = rest.slice(1).split('/');
  // A slash too many at the end is taken on uploads, as docker's own registry does.
  const last = parts.at(-1) ?? '';
  const size = parts.length;
  const name = (count: number): string => parts.slice(0, size - count).join('/');
  if (rest === '/_catalog') return { kind: 'catalog' };
  if (size >= 4 && last === '' && parts[size - 2] === 'uploads' && parts[size - 3] === 'blobs')
    return { kind: 'uploads', name: name(3) };
  if (size >= 4 && parts[size - 2] === 'uploads' && parts[size - 3] === 'blobs')
    return { kind: 'upload', name: name(3), id: last };
  if (size >= 3 && last === 'uploads' && parts[size - 2] === 'blobs')
    return { kind: 'uploads', name: name(2) };
  if (size < 3) return undefined;
  switch (parts[size - 2]) {
    case 'blobs':
      return { kind: 'blob', name: name(2), digest: last };
    case 'manifests':
      return { kind: 'manifest', name: name(2), reference: last };
    case 'referrers':
      return { kind: 'referrers', name: name(2), digest: last };
    case 'tags':
      return last === 'list' ? { kind: 'tags', name: name(2) } : undefined;
    default:
      return undefined;
  }
}

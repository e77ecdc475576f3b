import type { Category } from '../suite.ts';
import { auth, token } from './auth.ts';
import { badDigest } from './bad-digest.ts';
import { blobs, wellKnown } from './blobs.ts';
import { dataSets } from './data-sets.ts';
import { manifests } from './manifests.ts';
import { catalog, names } from './names.ts';
import { empty, options, ping } from './ping.ts';
import { policy } from './policy.ts';
import { conditional, range } from './reads.ts';
import { referrers } from './referrers.ts';
import { tagParameters, tags } from './tags.ts';
import { uploads } from './uploads.ts';

/** In the order in which they run: what others build on first. */
export const CATEGORIES: readonly Category[] = [
  ping,
  options,
  auth,
  token,
  empty,
  blobs,
  uploads,
  range,
  conditional,
  wellKnown,
  badDigest,
  manifests,
  policy,
  tags,
  tagParameters,
  referrers,
  names,
  catalog,
  dataSets,
];

import { createHash } from 'node:crypto';
import type { Database } from '#server/db/database.ts';
import { OCI_CONFIG, OCI_MANIFEST } from '#server/lib/media-types.ts';
import { append, BEGIN, insert, range, type SeedCounts, type SeededRepository } from './seed-rows.ts';

const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

const ATTRIBUTES = JSON.stringify({
  architecture: 'amd64',
  os: 'linux',
  created: '2026-01-02T03:04:05Z',
  config: { Cmd: ['bash'], Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'] },
});

interface PlannedArtifact {
  readonly repository: SeededRepository;
  readonly digest: string;
  readonly manifest: Buffer;
  readonly parts: readonly { readonly digest: string; readonly size: number; readonly type: string }[];
  readonly pushedAt: number;
  readonly tags: number;
}

function planArtifact(repository: SeededRepository, i: number, tags: number): PlannedArtifact {
  const layer = (seed: string, size: number) => ({
    digest: digestOf(seed),
    size,
    type: 'application/vnd.oci.image.layer.v1.tar+gzip',
  });
  const parts = [
    { digest: digestOf(`config ${i}`), size: 1_500, type: OCI_CONFIG },
    layer(`base ${repository.id % 50}`, 30_000_000),
    layer(`app ${i}`, 4_000_000 + (i % 1000) * 100),
  ];
  const [config, ...layers] = parts.map(({ digest, size, type }) => ({ mediaType: type, digest, size }));
  const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers }));
  return {
    repository,
    digest: digestOf(manifest.toString()),
    manifest,
    parts,
    pushedAt: BEGIN + i * 5_000,
    tags,
  };
}

const artifactRow = ({ repository, digest, manifest, parts, pushedAt, tags }: PlannedArtifact) => ({
  project_id: repository.projectId,
  repository_id: repository.id,
  digest,
  media_type: OCI_MANIFEST,
  config_media_type: OCI_CONFIG,
  artifact_type: OCI_CONFIG,
  referrer_type: OCI_CONFIG,
  kind: 'IMAGE',
  subject_digest: null,
  manifest_bytes: manifest.byteLength,
  size_bytes: manifest.byteLength + parts.reduce((sum, part) => sum + part.size, 0),
  annotations: '{"org.opencontainers.image.version":"1"}',
  extra_attrs: ATTRIBUTES,
  tag_count: tags,
  is_listed: 1,
  pull_count: 0,
  pushed_at: pushedAt,
  pulled_at: pushedAt % 3 === 0 ? pushedAt + 3_600_000 : null,
});

async function seedBlobs(db: Database, planned: readonly PlannedArtifact[]): Promise<void> {
  const sizes = new Map(planned.flatMap(({ parts }) => parts.map((part) => [part.digest, part.size])));
  await append(
    db,
    'blob',
    [...sizes].map(([digest, size]) => ({ digest, size_bytes: size, created_at: BEGIN, seen_at: BEGIN })),
  );
  const links = new Map<string, object>();
  for (const { repository, parts } of planned)
    for (const { digest } of parts)
      links.set(`${repository.id} ${digest}`, { repository_id: repository.id, digest, linked_at: BEGIN });
  await append(db, 'repository_blob', [...links.values()]);
}

/** The artifacts of these repositories, with their blobs and tags. */
export async function seedArtifacts(
  db: Database,
  counts: SeedCounts,
  repositories: readonly SeededRepository[],
): Promise<void> {
  const inBigOne = Math.round(counts.tags / 50);
  const others = counts.artifacts - 1;
  const newest = (repositories[0]?.artifacts ?? 0) - 1;
  let i = 0;
  let spread = 0;
  const planned = repositories.flatMap((repository) =>
    range(repository.artifacts).map(() => {
      const isBig = i === newest;
      const before = spread;
      if (!isBig) spread++;
      const left = counts.tags - inBigOne;
      const tags = isBig
        ? inBigOne
        : Math.floor((left * spread) / others) - Math.floor((left * before) / others);
      return planArtifact(repository, i++, tags);
    }),
  );
  await seedBlobs(db, planned);
  const ids = await insert(db, 'artifact', planned.map(artifactRow));
  await append(
    db,
    'artifact_manifest',
    planned.map(({ manifest }, at) => ({ artifact_id: ids[at], bytes: manifest })),
  );
  await append(
    db,
    'artifact_reference',
    planned.flatMap(({ parts }, at) =>
      parts.map((part, position) => ({
        artifact_id: ids[at],
        position,
        role: position === 0 ? 'config' : 'layer',
        digest: part.digest,
        media_type: part.type,
        size_bytes: part.size,
        platform: null,
        annotations: '{}',
        urls: '[]',
      })),
    ),
  );
  await append(
    db,
    'tag',
    planned.flatMap(({ repository, tags, pushedAt }, at) =>
      range(tags).map((t) => ({
        repository_id: repository.id,
        artifact_id: ids[at],
        name: `v${at}.${t}`,
        pushed_at: pushedAt + t,
        pulled_at: null,
      })),
    ),
  );
}

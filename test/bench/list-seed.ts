import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { OCI_CONFIG, OCI_MANIFEST } from '#server/lib/media-types.ts';

/** What a repository is filled with: artifacts of one tag each, one artifact of many tags, or one of many referrers. */
export type Shape = 'artifacts' | 'tags' | 'referrers';

export interface SeededRepository {
  /** Without the project. */
  readonly name: string;
  readonly shape: Shape;
  readonly count: number;
}

/** The artifact that all tags or all referrers of a seeded repository belong to. */
export const ONLY_DIGEST = `sha256:${'5e'.repeat(32)}`;

const COUNTING = 'with recursive n(i) as (select 1 union all select i + 1 from n where i < :count)';
const ARTIFACT_COLUMNS = `project_id, repository_id, digest, media_type, config_media_type, artifact_type, referrer_type,
  kind, subject_digest, manifest_bytes, size_bytes, annotations, extra_attrs, pull_count, pushed_at, pulled_at`;
const TYPES = {
  image: `'${OCI_MANIFEST}', '${OCI_CONFIG}', null, '${OCI_CONFIG}', 'IMAGE'`,
  signature: `'${OCI_MANIFEST}', 'application/vnd.oci.empty.v1+json', 'application/vnd.example.' || (i % (:count / 5)),
    'application/vnd.example.' || (i % (:count / 5)), 'UNKNOWN'`,
};
const ATTRIBUTES = JSON.stringify({
  architecture: 'amd64',
  os: 'linux',
  created: '2026-01-02T03:04:05Z',
  config: { Cmd: ['bash'], Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'] },
});

/** Ends the rows of an artifact: sizes, annotations, attributes, times, later for greater i. */
const rest = `1500, 31457280, '{"org.opencontainers.image.version":"1"}', '${ATTRIBUTES}', 0, 1700000000000 + i * 1000, null`;

function fill(db: SQLite.Database, at: { project: number; repository: number } & SeededRepository): void {
  const { project, repository, count, shape } = at;
  const values = { project, repository, count, only: ONLY_DIGEST };
  const random = `'sha256:' || lower(hex(randomblob(32)))`;
  const many = `insert into artifact (${ARTIFACT_COLUMNS}) ${COUNTING} select :project, :repository, ${random}`;
  if (shape === 'artifacts') db.prepare(`${many}, ${TYPES.image}, null, ${rest} from n`).run(values);
  else {
    db.prepare(
      `insert into artifact (${ARTIFACT_COLUMNS}) with n(i) as (select 0)
       select :project, :repository, :only, ${TYPES.image}, null, ${rest} from n`,
    ).run(values);
  }
  if (shape === 'referrers') db.prepare(`${many}, ${TYPES.signature}, :only, ${rest} from n`).run(values);
  db.prepare(
    `insert into artifact_reference
     select a.id, p.value, iif(p.value = 0, 'config', 'layer'), ${random}, 'application/octet-stream', 100, null, '{}', '[]'
     from artifact a, json_each('[0,1,2]') p where a.repository_id = :repository`,
  ).run(values);
  const tag = 'insert into tag (repository_id, artifact_id, name, pushed_at, pulled_at)';
  const name = `'v' || printf('%06d', row_number() over ())`;
  if (shape === 'tags')
    db.prepare(
      `${tag} ${COUNTING} select :repository, a.id, ${name}, 1700000000000 + i * 1000, null
       from n, artifact a where a.repository_id = :repository`,
    ).run(values);
  else
    db.prepare(
      `${tag} select repository_id, id, ${name}, pushed_at, null
       from artifact where repository_id = :repository and subject_digest is null`,
    ).run(values);
  countListed(db, repository);
}

/** What the server's own code would have counted on the way. */
function countListed(db: SQLite.Database, repository: number): void {
  db.prepare(
    `update artifact set is_listed = iif(subject_digest is null, 1, 0),
       tag_count = (select count(*) from tag where tag.artifact_id = artifact.id) where repository_id = ?`,
  ).run(repository);
  db.prepare(
    `update repository set
       listed_count = (select count(*) from artifact where repository_id = repository.id and is_listed = 1),
       artifact_count = (select count(*) from artifact where repository_id = repository.id) where id = ?`,
  ).run(repository);
}

/** Writes repositories of those sizes into a stopped server's database: to push them would take hours. */
export function seedRepositories(
  dataDir: string,
  projectName: string,
  repositories: readonly SeededRepository[],
): void {
  const db = new SQLite(join(dataDir, 'berth.db'));
  try {
    const project = db.prepare('select id from project where name = ?').pluck().get(projectName) as number;
    db.transaction(() => {
      for (const seeded of repositories) {
        const repository = db
          .prepare(
            `insert into repository
               (project_id, name, full_name, description, artifact_count, pull_count, created_at, updated_at)
             values (?, ?, ?, '', 0, 0, 1700000000000, 1700000000000) returning id`,
          )
          .pluck()
          .get(project, seeded.name, `${projectName}/${seeded.name}`) as number;
        fill(db, { project, repository, ...seeded });
      }
    })();
  } finally {
    db.close();
  }
}

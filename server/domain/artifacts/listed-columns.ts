import { sql } from 'kysely';

/** Bytes of annotations that a list shows of one artifact: longer ones are seen where the artifact is asked for itself. */
const MAX_BYTES = 64 * 1024;

const ifShort = (column: 'annotations' | 'extra_attrs') =>
  sql<string>`case when octet_length(${sql.ref(`artifact.${column}`)}) <= ${sql.lit(MAX_BYTES)}
    then ${sql.ref(`artifact.${column}`)} else '{}' end`.as(column);

/** What a list reads of each artifact: a manifest may bring megabytes of annotations. */
export const LISTED_COLUMNS = [
  'artifact.id',
  'artifact.project_id',
  'artifact.repository_id',
  'artifact.digest',
  'artifact.media_type',
  'artifact.config_media_type',
  'artifact.artifact_type',
  'artifact.referrer_type',
  'artifact.kind',
  'artifact.subject_digest',
  'artifact.accessory_subject',
  'artifact.accessory_type',
  'artifact.manifest_bytes',
  'artifact.size_bytes',
  'artifact.tag_count',
  'artifact.is_listed',
  'artifact.pull_count',
  'artifact.pushed_at',
  'artifact.pulled_at',
  ifShort('annotations'),
  ifShort('extra_attrs'),
] as const;

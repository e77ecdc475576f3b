import { sql, type Kysely } from 'kysely';

const NYDUS_KEY = '"containerd.io/snapshot/nydus-bootstrap":';
/** An image whose last layer has nydus' annotation: its key in the text of the JSON, where no value can look like it. */
const isNydus = sql`referrer_type in ('application/vnd.oci.image.config.v1+json',
    'application/vnd.docker.container.image.v1+json')
  and (select replace(r.annotations, ${sql.lit(NYDUS_KEY)}, '') <> r.annotations from artifact_reference r
    where r.artifact_id = artifact.id and r.role = 'layer' order by r.position desc limit 1)`;

/** As `domain/artifacts/accessories.ts` tells the types of what has a subject. */
const typeOfReferrer = sql`case
  when subject_digest is null then null
  when referrer_type = 'application/vnd.cncf.notary.signature' then 'signature.notation'
  when referrer_type in ('application/vnd.dev.cosign.artifact.sig.v1+json',
    'application/vnd.dev.sigstore.bundle.v0.3+json') then 'signature.cosign'
  when referrer_type like 'application/vnd.goharbor.harbor.sbom.%' then 'sbom.harbor'
  when ${isNydus} then 'accelerator.nydus'
  else 'subject.accessory' end`;

/** A signature of cosign's that says by its tag alone what it signs: "sha256-<hex>.sig". */
const signatureTag = sql`select tag.name from tag where tag.artifact_id = artifact.id
  and tag.name like 'sha256-%.sig' and length(tag.name) = 75`;

/**
 * What an artifact belongs to, and as what: Harbor's accessories. The subject of the manifest says it, and of cosign's
 * older signatures the tag.
 */
export async function addAccessories(db: Kysely<unknown>): Promise<void> {
  for (const column of ['accessory_subject', 'accessory_type'])
    await db.schema.alterTable('artifact').addColumn(column, 'text').execute();
  await sql`update artifact set accessory_subject = subject_digest, accessory_type = ${typeOfReferrer}
    where subject_digest is not null`.execute(db);
  await sql`update artifact set accessory_type = 'signature.cosign',
    accessory_subject = (select 'sha256:' || substr(min(named.name), 8, 64) from (${signatureTag}) as named)
    where subject_digest is null and tag_count > 0 and exists (${signatureTag}) and exists (
      select 1 from artifact_reference r where r.artifact_id = artifact.id
      and r.media_type = 'application/vnd.dev.cosign.simplesigning.v1+json')`.execute(db);
  await sql`update artifact set is_listed = 0 where accessory_subject is not null and is_listed = 1`.execute(
    db,
  );
  await sql`update repository set listed_count =
    (select count(*) from artifact where artifact.repository_id = repository.id and artifact.is_listed = 1)`.execute(
    db,
  );
  // What Harbor shows as artifact_type, so that it is found by what is shown.
  await sql`update artifact set artifact_type = config_media_type where artifact_type is null`.execute(db);
  await sql`create index artifact_accessory on artifact (repository_id, accessory_subject, id)
    where accessory_subject is not null`.execute(db);
  // A page of all artifacts of a project, newest first.
  await db.schema
    .createIndex('artifact_project')
    .on('artifact')
    .columns(['project_id', 'is_listed', 'pushed_at', 'id'])
    .execute();
  // The newest of a type in a repository. PostgreSQL indexes no text of more than some 2,700 bytes.
  for (const column of ['config_media_type', 'artifact_type'])
    await sql`create index ${sql.id(`artifact_latest_${column}`)}
      on artifact (repository_id, is_listed, (substr(${sql.ref(column)}, 1, 255)), pushed_at, id)`.execute(
      db,
    );
}

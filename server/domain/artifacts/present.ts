import type { Static } from 'typebox';
import type { ProjectScope } from '../../access/scope.ts';
import { readJson } from '../../db/json.ts';
import { writeTime } from '../../lib/wire.ts';
import type { Platform } from '../../lib/manifest.ts';
import type { Referrer, TagRow } from './artifact-store.ts';
import type {
  ArtifactBody,
  ContentBody,
  ReferenceBody,
  ReferrersBody,
  RepositoryBody,
  TagBody,
} from './contract.ts';
import type { ChildRow } from './list-store.ts';
import { annotationsOf, type ArtifactContent, type ArtifactRecord } from './records.ts';
import type { RepositoryRow } from './repository-store.ts';

// Rows to Harbor's JSON: the only place where the two namings meet.

export function presentRepository(scope: ProjectScope, row: RepositoryRow): RepositoryBody {
  return {
    id: row.id,
    project_id: row.project_id,
    name: `${scope.project.name}/${row.name}`,
    description: row.description,
    artifact_count: row.artifact_count,
    pull_count: row.pull_count,
    creation_time: writeTime(row.created_at),
    update_time: writeTime(row.updated_at),
  };
}

export function presentTag(row: TagRow): TagBody {
  return {
    id: row.id,
    repository_id: row.repository_id,
    artifact_id: row.artifact_id,
    name: row.name,
    push_time: writeTime(row.pushed_at),
    pull_time: writeTime(row.pulled_at),
    immutable: false,
  };
}

const platformOf = (row: { platform: string | null }): Platform | undefined =>
  row.platform === null ? undefined : readJson<Platform>(row.platform);

function presentChild(row: ChildRow): Static<typeof ReferenceBody> {
  const platform = platformOf(row);
  const annotations = annotationsOf(row);
  const urls = readJson<string[]>(row.urls);
  return {
    parent_id: row.artifact_id,
    child_id: row.child_id ?? 0,
    child_digest: row.digest,
    ...(platform ? { platform } : {}),
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    ...(urls.length > 0 ? { urls } : {}),
  };
}

export function presentArtifact(
  at: { scope: ProjectScope; repository: string },
  record: ArtifactRecord,
  withTag: boolean,
): ArtifactBody {
  const { row } = record;
  return {
    id: row.id,
    type: row.kind,
    media_type: row.config_media_type,
    manifest_media_type: row.media_type,
    artifact_type: row.artifact_type ?? row.config_media_type,
    project_id: row.project_id,
    repository_id: row.repository_id,
    repository_name: `${at.scope.project.name}/${at.repository}`,
    digest: row.digest,
    size: row.size_bytes,
    push_time: writeTime(row.pushed_at),
    pull_time: writeTime(row.pulled_at),
    extra_attrs: readJson<Record<string, unknown>>(row.extra_attrs),
    annotations: annotationsOf(row),
    ...(record.children.length > 0 ? { references: record.children.map(presentChild) } : {}),
    ...(withTag ? { tags: record.tags.map(presentTag) } : {}),
    addition_links: {},
  };
}

/** Build steps with the layer that each made: steps that make none carry `empty_layer` (OCI image spec). */
function presentHistory(content: ArtifactContent): ContentBody['history'] {
  const layers = content.references.filter((reference) => reference.role === 'layer');
  let next = 0;
  return (content.config?.history ?? []).map((step) => {
    const layer = step.emptyLayer ? undefined : layers[next++];
    return {
      created_by: step.createdBy,
      ...(step.created === undefined ? {} : { created: step.created }),
      empty_layer: step.emptyLayer,
      ...(layer ? { layer_digest: layer.digest } : {}),
    };
  });
}

export function presentContent(content: ArtifactContent): ContentBody {
  const config = content.references.find((reference) => reference.role === 'config');
  const { created, architecture, os, author } = content.config ?? {};
  return {
    digest: content.row.digest,
    media_type: content.row.media_type,
    size: content.row.size_bytes,
    platforms: content.children.map((child) => ({
      digest: child.digest,
      ...(platformOf(child) ?? { architecture: '', os: '' }),
      size: child.child_size ?? child.size_bytes,
      stored: child.child_id !== null,
    })),
    config: config
      ? {
          digest: config.digest,
          media_type: config.media_type,
          size: config.size_bytes,
          annotations: annotationsOf(config),
          ...(created === undefined ? {} : { created }),
          ...(architecture === undefined ? {} : { architecture }),
          ...(os === undefined ? {} : { os }),
          ...(author === undefined ? {} : { author }),
        }
      : null,
    layers: content.references
      .filter((reference) => reference.role === 'layer')
      .map((layer) => ({
        digest: layer.digest,
        media_type: layer.media_type,
        size: layer.size_bytes,
        annotations: annotationsOf(layer),
      })),
    history: presentHistory(content),
    annotations: annotationsOf(content.row),
  };
}

export function presentReferrers(referrers: readonly Referrer[]): ReferrersBody {
  return {
    referrers: referrers.map((referrer) => ({
      digest: referrer.digest,
      media_type: referrer.mediaType,
      artifact_type: referrer.artifactType ?? '',
      size: referrer.sizeBytes,
      annotations: { ...referrer.annotations },
    })),
  };
}

import type { Static } from 'typebox';
import { readJson } from '../../db/json.ts';
import { iconDigestOf } from '../../lib/icons.ts';
import { writeTime } from '../../lib/wire.ts';
import type { Platform } from '../../lib/manifest.ts';
import { presentLabel } from '../labels/index.ts';
import type { AccessoryRow } from './accessory-store.ts';
import { additionsOf } from './additions.ts';
import type { ArtifactRow, TagRow } from './artifact-store.ts';
import type {
  AccessoryBody,
  ArtifactBody,
  ContentBody,
  DeletionPreviewBody,
  NamedTagBody,
  ReferenceBody,
  GraphBody,
  RepositoryBody,
  TagBody,
} from './contract.ts';
import type { Graph } from './graph.ts';
import type { ChildRow } from './list-store.ts';
import type { DeletionPreview } from './deletion-preview.ts';
import type { ArtifactContent, ArtifactRecord } from './records.ts';
import type { RepositoryRow } from './repository-store.ts';
import type { NamedTagRow } from './tag-list-store.ts';

// Rows to Harbor's JSON: the only place where the two namings meet.

/** Annotations as stored. */
function annotationsOf(row: { annotations: string }): Record<string, string> {
  return readJson<Record<string, string>>(row.annotations);
}

export function presentRepository(row: RepositoryRow): RepositoryBody {
  return {
    id: row.id,
    project_id: row.project_id,
    name: row.full_name,
    description: row.description,
    // As Harbor counts: what its list of artifacts shows, so without platforms of an index and signatures.
    artifact_count: row.listed_count,
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

export const presentNamedTag = (row: NamedTagRow): NamedTagBody => ({
  ...presentTag(row),
  digest: row.digest,
  size: row.size_bytes,
  type: row.kind,
  manifest_media_type: row.media_type,
  artifact_tags: row.tag_count,
});

/** A list as Harbor writes it: null where it is empty, or nobody asked for it. */
const listOrNull = <T, B>(items: readonly T[] | undefined, present: (item: T) => B): B[] | null =>
  items === undefined || items.length === 0 ? null : items.map(present);

/** What belongs to an artifact of that repository, `project/repository`. */
export function presentAccessory(
  row: AccessoryRow,
  of: { subject: Pick<ArtifactRow, 'id'>; repositoryName: string },
): AccessoryBody {
  return {
    id: row.artifact_id,
    artifact_id: row.artifact_id,
    subject_artifact_id: of.subject.id,
    subject_artifact_digest: row.subject_digest,
    subject_artifact_repo: of.repositoryName,
    size: row.size_bytes,
    digest: row.digest,
    type: row.type,
    icon: iconDigestOf(row.type),
    creation_time: writeTime(row.pushed_at),
  };
}

const platformOf = (row: { platform: string | null }): Platform | undefined =>
  row.platform === null ? undefined : readJson<Platform>(row.platform);

function presentPlatform({ osVersion, osFeatures, ...platform }: Platform) {
  return {
    ...platform,
    ...(osVersion === undefined ? {} : { "'os.version'": osVersion }),
    ...(osFeatures === undefined ? {} : { "'os.features'": [...osFeatures] }),
  };
}

function presentChild(row: ChildRow): Static<typeof ReferenceBody> {
  const platform = platformOf(row);
  const annotations = annotationsOf(row);
  const urls = readJson<string[]>(row.urls);
  return {
    parent_id: row.artifact_id,
    child_id: row.child_id ?? 0,
    child_digest: row.digest,
    ...(platform ? { platform: presentPlatform(platform) } : {}),
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    ...(urls.length > 0 ? { urls } : {}),
  };
}

/** Where each addition is found, with the repository's slashes encoded twice, as Harbor writes it. */
function presentAdditionLinks({ row, repositoryName }: ArtifactRecord): ArtifactBody['addition_links'] {
  const slash = repositoryName.indexOf('/');
  const repository = encodeURIComponent(encodeURIComponent(repositoryName.slice(slash + 1)));
  const place = `/api/v2.0/projects/${repositoryName.slice(0, slash)}/repositories/${repository}/artifacts/${row.digest}`;
  return Object.fromEntries(
    additionsOf(row).map((name) => [name, { href: `${place}/additions/${name}`, absolute: false }]),
  );
}

/** `withTag` is false where nobody wants to see the tags. */
export function presentArtifact(record: ArtifactRecord, withTag = true): ArtifactBody {
  const { row, repositoryName } = record;
  return {
    id: row.id,
    type: row.kind,
    media_type: row.config_media_type,
    manifest_media_type: row.media_type,
    artifact_type: row.artifact_type ?? row.config_media_type,
    project_id: row.project_id,
    repository_id: row.repository_id,
    repository_name: repositoryName,
    digest: row.digest,
    size: row.size_bytes,
    icon: iconDigestOf(row.kind),
    push_time: writeTime(row.pushed_at),
    pull_time: writeTime(row.pulled_at),
    extra_attrs: readJson<Record<string, unknown>>(row.extra_attrs),
    annotations: annotationsOf(row),
    references: listOrNull(record.children, presentChild),
    tags: listOrNull(withTag ? record.tags : undefined, presentTag),
    addition_links: presentAdditionLinks(record),
    labels: listOrNull(record.labels, presentLabel),
    accessories: listOrNull(record.accessories, (accessory) =>
      presentAccessory(accessory, { subject: row, repositoryName }),
    ),
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
        urls: readJson<string[]>(layer.urls),
        stored: content.linked.has(layer.digest),
        shared_with: content.sharing.get(layer.digest) ?? null,
      })),
    history: presentHistory(content),
    annotations: annotationsOf(content.row),
  };
}

export function presentGraph(graph: Graph): GraphBody {
  return {
    digest: graph.digest,
    pull_count: graph.pullCount,
    truncated: graph.truncated,
    nodes: graph.nodes.map((node) => ({
      digest: node.digest,
      media_type: node.mediaType,
      artifact_type: node.artifactType,
      kind: node.kind,
      size: node.sizeBytes,
      stored: node.stored,
      ...(node.platform ? { platform: node.platform } : {}),
      predicate_types: [...node.predicateTypes],
    })),
    edges: graph.edges.map(({ from, to, kind }) => ({ from, to, kind })),
  };
}

export const presentPreview = (preview: DeletionPreview): DeletionPreviewBody => ({
  items: preview.items.map((item) => ({ ...item })),
  freed_bytes: preview.freedBytes ?? null,
  shared_bytes: preview.sharedBytes ?? null,
});

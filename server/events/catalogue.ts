/**
 * Every domain event: what happened, in the past tense, with what a listener needs. All carry the project's id and
 * name where there is one, so that a listener need not look up what may be gone by then.
 */
interface InProject {
  readonly projectId: number;
  readonly projectName: string;
}
interface InRepository extends InProject {
  /** Name without the project. */
  readonly repositoryName: string;
}

export interface EventPayloads {
  'project.created': InProject;
  /** Its visibility or other metadata was set. */
  'project.updated': InProject & {
    /** Everybody could read it until then: strangers hear of it once more. */
    readonly becamePrivate?: boolean;
  };
  'project.deleted': InProject;
  'member.changed': InProject & { readonly accountId: number };
  'repository.created': InRepository;
  /** Its description was set. */
  'repository.updated': InRepository;
  'repository.deleted': InRepository & { readonly repositoryId: number };
  'artifact.pushed': InRepository & {
    readonly digest: string;
    readonly tags: readonly string[];
    readonly mediaType: string;
  };
  /** The blob left the repository; its bytes stay until the clean-up. */
  'blob.deleted': InRepository & { readonly digest: string };
  'artifact.deleted': InRepository & { readonly digest: string };
  'label.added': InRepository & { readonly digest: string; readonly labelId: number };
  'label.removed': InRepository & { readonly digest: string; readonly labelId: number };
  'tag.created': InRepository & { readonly digest: string; readonly tag: string };
  'tag.deleted': InRepository & { readonly digest: string; readonly tag: string };
  /**
   * An account was made, removed, or changed in what decides access: its password, or whether it administers the system.
   * For caches of accounts; belongs to no project, and no reader of the event stream is told.
   */
  'user.changed': { readonly accountId: number };
  /** A client signed in for a token: the first-run guide tells its administrator. Belongs to no project. */
  'login.token': { readonly username: string; readonly client: string };
  /** What administrators set while the registry runs; by Harbor's keys. Belongs to no project. */
  'configuration.changed': { readonly keys: readonly string[] };
}

export type EventKind = keyof EventPayloads;

export type DomainEvent = {
  [K in EventKind]: { readonly kind: K; readonly payload: EventPayloads[K] };
}[EventKind];

/** An event as it was written down. */
export type RecordedEvent = DomainEvent & { readonly id: number; readonly createdAtMs: number };

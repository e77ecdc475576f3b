// JSON as on the wire, by the server's own contracts. Types only: nothing of the server is in the console.

import type {
  ArtifactBody,
  ContentBody,
  DeletionPreviewBody,
  GraphBody,
  NamedTagBody,
  RepositoryBody,
  TagBody,
} from '#server/domain/artifacts/contract.ts';
import type { AuditEntryBody } from '#server/domain/audit/contract.ts';
import type { UsedLabelBody } from '#server/domain/labels/contract.ts';
import type { MemberBody } from '#server/domain/members/contract.ts';
import type { OverviewBody } from '#server/domain/overview/contract.ts';
import type { ProjectBody } from '#server/domain/projects/contract.ts';
import type { BootBody, NetworkBody, ServerHealthBody, StorageBody } from '#server/domain/system/contract.ts';
import type { SessionBody, UserBody } from '#server/domain/users/contract.ts';

export type Boot = BootBody;
export type Overview = OverviewBody;
export type Stock = NonNullable<OverviewBody['stock']>;
export type Concern = Stock['concerns'][number];
export type Project = ProjectBody;
export type Repository = RepositoryBody;
export type Tag = TagBody;
export type NamedTag = NamedTagBody;
export type DeletionPreview = DeletionPreviewBody;

export interface Platform {
  architecture?: string | undefined;
  os?: string | undefined;
  variant?: string | undefined;
}

/** What `extra_attrs` holds depends on the kind of artifact. */
export type Artifact = Omit<ArtifactBody, 'extra_attrs'> & { extra_attrs: Record<string, unknown> };

export type ArtifactContent = ContentBody;
export type Label = Omit<UsedLabelBody, 'uses'>;
export type UsedLabel = UsedLabelBody;
export type ArtifactGraph = GraphBody;
export type GraphNode = GraphBody['nodes'][number];
export type Member = MemberBody;
export type User = UserBody;
export type AuditEntry = AuditEntryBody;

export interface NewUser {
  username: string;
  email: string;
  realname: string;
  password: string;
}

export interface Permission {
  resource: string;
  action: string;
}

/** What every domain event of the event stream carries. */
export interface DomainEvent {
  project_id: number;
  project_name: string;
  repository_name?: string;
  digest?: string;
  tags?: string[];
  time?: string;
}

export interface LoginEvent {
  username: string;
  client: string;
  time: string;
}

export type StorageFacts = StorageBody;
export type NetworkFacts = NetworkBody;
export type ServerHealth = ServerHealthBody;
export type Session = SessionBody;

/** The keys of Harbor's configuration that have an effect here. */
export interface ConfigurationValues {
  project_creation_restriction: 'everyone' | 'adminonly';
  self_registration: boolean;
  read_only: boolean;
  session_timeout: number;
  token_expiration: number;
  banner_message: string;
  disabled_audit_log_event_types: string;
}

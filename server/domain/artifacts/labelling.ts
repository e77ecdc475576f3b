import type { ProjectScope } from '../../access/scope.ts';
import type { Tx } from '../../db/database.ts';
import { fullName, requireLockedArtifact, type ArtifactAt } from './locate.ts';
import type { RecordDeps } from './record-deps.ts';

/** Adds a label to an artifact or takes it away, with the audit row and the event of it. */
export async function changeLabelInTx(
  deps: RecordDeps,
  tx: Tx,
  asked: { scope: ProjectScope; at: ArtifactAt; labelId: number; does: 'add' | 'remove' },
): Promise<void> {
  const { scope, at, labelId, does } = asked;
  const { row } = await requireLockedArtifact(tx, scope, at);
  const carried = { artifactId: row.id, labelId };
  const label =
    does === 'add'
      ? await deps.labels.attach(tx, scope, carried)
      : await deps.labels.detach(tx, scope, carried);
  const told = { label_id: label.id, label: label.name };
  const resource = `${fullName(scope, at)}@${row.digest}`;
  await deps.audit.record(tx, {
    actor: scope,
    operation: does === 'add' ? 'create' : 'delete',
    resourceType: 'label',
    resource,
    projectId: scope.projectId,
    description:
      does === 'add'
        ? `add label ${label.name} to artifact: ${resource}`
        : `remove label ${label.name} from artifact: ${resource}`,
    change: does === 'add' ? { after: told } : { before: told },
  });
  const payload = {
    projectId: scope.projectId,
    projectName: scope.project.name,
    repositoryName: at.repository,
    digest: row.digest,
    labelId: label.id,
  };
  await deps.outbox.record(tx, { kind: does === 'add' ? 'label.added' : 'label.removed', payload });
}

import type { RecordedEvent } from '../../events/catalogue.ts';
import { writeTime } from '../../lib/wire.ts';

const NAMES: Readonly<Record<string, string>> = {
  projectId: 'project_id',
  projectName: 'project_name',
  repositoryName: 'repository_name',
  accountId: 'user_id',
  mediaType: 'media_type',
  digest: 'digest',
  tags: 'tags',
  tag: 'tag',
  username: 'username',
  client: 'client',
};

/** The event as one message of the stream (HTML standard, "Server-sent events"). */
export function writeEvent(event: RecordedEvent): string {
  const data: Record<string, unknown> = { time: writeTime(event.createdAtMs) };
  for (const [key, value] of Object.entries(event.payload)) {
    const name = NAMES[key];
    if (name !== undefined) data[name] = value;
  }
  return `id: ${event.id}\nevent: ${event.kind}\ndata: ${JSON.stringify(data)}\n\n`;
}

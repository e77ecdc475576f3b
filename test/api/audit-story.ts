import { CONTENT, ENDS, PROJECTS } from './audit-story-content.ts';
import type { Step } from './audit-story-kit.ts';
import { PEOPLE, SESSIONS, SIGN_INS } from './audit-story-people.ts';

/** One registry from its first user to its last, in this order. */
export const STORY: readonly Step[] = [...PEOPLE, ...SIGN_INS, ...PROJECTS, ...CONTENT, ...ENDS, ...SESSIONS];

/** Routes that may be called to change something and write no row, each with its reason. */
export const EXCEPTIONS: Readonly<Record<string, string>> = {
  'PUT /api/v2.0/users/:user_id/cli_secret': 'refused always: there is no sign-in by OIDC',
  'POST /api/berth/v1/first-run/admin-password':
    'refused while there is a password; test/api/first-run.test.ts has its row',
  'POST /c/userExists': 'only asks',
  'PATCH /v2 upload': 'bytes of a blob: the row of the manifest that needs it tells of it',
  'PUT /v2 upload': 'the end of a blob: the row of the manifest that needs it tells of it',
  'DELETE /v2 upload': 'what was never there for anybody',
  'POST /api/berth/v1/projects/:project_name_or_id/deletions/preview': 'only asks',
  'POST /api/berth/v1/projects/:project_name_or_id/imports':
    'bytes that wait for their names: the rows of the confirmed images tell of them',
  'POST /api/berth/v1/projects/:project_name_or_id/imports/:import_id/images':
    'a push of each image; test/api/archives.test.ts has its rows',
  'DELETE /api/berth/v1/projects/:project_name_or_id/imports/:import_id': 'what was never there for anybody',
};

import { basic, type Account } from './auth.ts';
import { createTransport } from './transport.ts';

/**
 * Makes the projects of the two repositories on a Berth, private: the first takes sparse images, the second does not.
 * Of a project that exists only that is set. Throws with the reply when the account may not, and when both are in one
 * project.
 */
export async function prepareBerth(
  url: string,
  account: Account,
  { repo1, repo2 }: { repo1: string; repo2: string },
): Promise<void> {
  const [sparse = '', strict = ''] = [repo1, repo2].map((name) => name.split('/', 1)[0] ?? '');
  if (sparse === strict)
    throw new Error(`${repo1} and ${repo2} are in one project: name another for one of them`);
  const transport = createTransport(url, 30_000);
  const send = (method: string, path: string, body: object) =>
    transport.send({
      method,
      path: `/api/v2.0${path}`,
      headers: { authorization: basic(account), 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(body)),
    });
  const prepare = async (name: string, allowSparse: string): Promise<void> => {
    const metadata = { allow_sparse: allowSparse };
    const made = await send('POST', '/projects', {
      project_name: name,
      metadata: { public: 'false', ...metadata },
    });
    if (made.status === 201) return;
    const set = made.status === 409 ? await send('PUT', `/projects/${name}`, { metadata }) : made;
    if (set.status !== 200) throw new Error(`${set.asked}: ${set.status} ${set.body.toString()}`);
  };
  try {
    await prepare(sparse, 'true');
    await prepare(strict, 'false');
  } finally {
    transport.close();
  }
}

import { expect, it } from 'vitest';
import { createUser } from '#test/support/berth-setup.ts';
import { ask, readImage } from '#test/support/registry-client.ts';
import { expectSuccess, said, type Seat } from './clients-seat.ts';

/** Who may and who may not, as each client tells it to its user. */
export function defineAccess(seat: Seat): void {
  const { kind, transport, ground, client, small, admin, repository, nameOf, login } = seat;

  it('is refused with a wrong password', async () => {
    // A name of its own: after a failure a name is locked for a moment.
    const user = await createUser(ground().berth, `mistyped-${kind.name}`);
    const name = nameOf(repository('refused'));
    await client().load(small(), name);
    const entered = await login({ ...user, password: 'wrong-Password-1' });
    const result = entered.code === 0 ? await client().push(name) : entered;
    expect(result.code).not.toBe(0);
    expect(said(result)).toMatch(/unauthorized|no basic auth|invalid username\/password|401/i);
  });

  it('is refused a push without the right to, and told so', async () => {
    await login(ground().guest);
    const result = await client().push(nameOf(repository('refused')));
    expect(result.code).not.toBe(0);
    expect(said(result)).toMatch(/denied|forbidden|403/i);
    await expect(readImage(admin(), repository('refused'), '1.0')).rejects.toThrow('404');
  });

  it('is told the name of a project that does not exist', async () => {
    const name = nameOf('nowhere-at-all/app');
    await client().load(small(), name);
    await login(admin());
    const result = await client().push(name);
    expect(result.code).not.toBe(0);
    const refusal = await ask(admin(), '/v2/nowhere-at-all/app/blobs/uploads/', { method: 'POST' });
    expect(refusal.status).toBe(403);
    const sentence = await refusal.text();
    expect(sentence).toMatch(/project.{0,3}nowhere-at-all/i);
    if (kind.showsRefusals) {
      const { errors } = JSON.parse(sentence) as { errors: { message: string }[] };
      // Some log it quoted.
      expect(said(result).replaceAll('\\"', '"')).toContain(errors[0]?.message);
    }
  });

  if (transport === 'tls')
    it('refuses a server whose certificate is of an authority that it was not told', async () => {
      const { distrusted } = ground();
      const wary = await kind.open(distrusted);
      try {
        const { user, password } = ground().developer;
        await wary.login(user ?? '', password ?? '');
        const result = await wary.pull(`${distrusted.host}/library/none:1`);
        expect(result.code).not.toBe(0);
        expect(said(result)).toMatch(/x509|certificate/i);
      } finally {
        await wary.dispose();
      }
    });

  // docker and ctr take these two names for plain HTTP, or check nothing there.
  if (transport === 'tls' && !['docker', 'ctr'].includes(kind.name))
    it.each(['localhost', '127.0.0.1'])('signs in and pushes to %s by TLS', async (host) => {
      const { reach, berth, developer } = ground();
      const local = { ...reach, host: `${host}:${new URL(berth.origin).port}` };
      const near = await kind.open(local);
      try {
        const name = `${local.host}/${repository('near')}:${host}`;
        await near.load(small(), name);
        expectSuccess(await near.login(developer.user ?? '', developer.password ?? ''));
        expectSuccess(await near.push(name));
        await readImage(developer, repository('near'), host);
      } finally {
        await near.dispose();
      }
    });
}

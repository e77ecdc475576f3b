import { createUser, test } from './berth.ts';
import { enter, looks, nameOf, stageOf, wear } from './screens.ts';

test.use({ owner: 'screens-people' });

test.beforeAll(async ({ registry }) => {
  const people = { 'mei.lin': 'Mei Lin', 'wei.zhang': 'Wei Zhang', tomas: 'Tomás Prado' };
  for (const [name, realname] of Object.entries(people)) await createUser(registry, name, realname);
});

for (const look of looks) {
  test.describe(`people, ${nameOf(look)}`, () => {
    test.describe.configure({ timeout: 120_000 });

    test('users', async ({ page, registry }) => {
      await wear(page, look);
      await enter(page, registry);
      const { open, shot } = stageOf(page, look, registry);
      const act = async (at: number): Promise<void> => {
        await open('/i/local/users');
        await page
          .getByRole('row', { name: /mei\.lin/ })
          .getByRole('button')
          .last()
          .click();
        await page.getByRole('menuitem').nth(at).click();
        await page.getByRole('dialog').waitFor();
      };
      await act(0);
      await shot('user-sessions');
      await act(1);
      await shot('user-admin');
      await act(2);
      await shot('user-password');
      await act(3);
      await shot('user-delete');
    });

    test('profile', async ({ page, registry }) => {
      await wear(page, look);
      await enter(page, registry);
      const { open, shot } = stageOf(page, look, registry);
      await open('/profile');
      await shot('profile');
      for (const tab of ['password', 'sessions', 'clients']) {
        await open(`/profile?tab=${tab}`);
        await shot(`profile-${tab}`);
      }
    });

    test('an account of one’s own', async ({ page, registry }) => {
      await registry.api('PUT', '/api/v2.0/configurations', {
        self_registration: true,
        banner_message: JSON.stringify({ message: 'Closed for moving on 30 November', type: 'warning' }),
      });
      await wear(page, look);
      const { open, shot } = stageOf(page, look, registry);
      await open('/login?account=new');
      await page.locator('button[type=submit]').click();
      await shot('register-refused');
      await registry.api('PUT', '/api/v2.0/configurations', { self_registration: false, banner_message: '' });
    });
  });
}

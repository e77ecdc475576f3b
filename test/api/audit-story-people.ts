import {
  OTHER_PASSWORD,
  type Step,
  ANN,
  send,
  api,
  keep,
  tokenForm,
  noteTokens,
  browse,
  signIn,
  sessionId,
  withKeys,
} from './audit-story-kit.ts';
import { API, OWN, PASSWORD } from './people.ts';

export const PEOPLE: readonly Step[] = [
  {
    route: 'POST /api/v2.0/users',
    says: 'a user is made',
    does: keep(
      'ann',
      api('POST', () => `${API}/users`, { ...ANN, email: 'ann@example.com', realname: 'Ann' }),
    ),
    status: 201,
    rows: ['admin create user ann'],
    change: { after: withKeys(['username', 'email', 'realname']) },
  },
  {
    route: 'PUT /api/v2.0/users/:user_id',
    says: 'a profile is changed',
    does: api('PUT', ({ ids }) => `${API}/users/${ids.ann}`, {
      email: 'ann@example.org',
      realname: 'Ann B.',
      comment: '',
    }),
    status: 200,
    rows: ['admin update user ann'],
    change: { before: withKeys(['email']), after: withKeys(['email']) },
  },
  {
    route: 'PUT /api/v2.0/users/:user_id/sysadmin',
    says: 'a user becomes a system administrator',
    does: api('PUT', ({ ids }) => `${API}/users/${ids.ann}/sysadmin`, { sysadmin_flag: true }),
    status: 200,
    rows: ['admin update user ann'],
    change: { before: { sysadmin_flag: false }, after: { sysadmin_flag: true } },
  },
  {
    route: 'PUT /api/v2.0/users/:user_id/password',
    says: 'a password is changed',
    does: api('PUT', ({ ids }) => `${API}/users/${ids.ann}/password`, { new_password: OTHER_PASSWORD }),
    status: 200,
    rows: ['admin update user ann'],
  },
  {
    route: 'PUT /api/v2.0/users/:user_id/password',
    says: 'and changed back',
    does: api('PUT', ({ ids }) => `${API}/users/${ids.ann}/password`, { new_password: PASSWORD }),
    status: 200,
    rows: ['admin update user ann'],
  },
];

export const SIGN_INS: readonly Step[] = [
  {
    route: 'POST /c/login',
    says: 'somebody signs in',
    does: signIn(ANN),
    status: 200,
    rows: ['ann login user ann'],
  },
  {
    route: 'DELETE /api/berth/v1/users/current/sessions/:session_id',
    says: 'a session is ended by its owner',
    does: async (world) =>
      browse(world, { method: 'DELETE', url: `${OWN}/users/current/sessions/${await sessionId(world)}` }),
    status: 204,
    rows: ['ann delete session ann'],
  },
  {
    route: 'POST /c/login',
    says: 'somebody signs in again',
    does: signIn(ANN),
    status: 200,
    rows: ['ann login user ann'],
  },
  {
    route: 'GET /c/log_out',
    says: 'somebody signs out',
    does: (world) => browse(world, { method: 'GET', url: '/c/log_out' }),
    status: 200,
    rows: ['ann logout user ann'],
  },
  {
    route: 'POST /c/login',
    says: 'a password is wrong',
    does: signIn({ username: 'eve', password: 'Wrong-Password-1' }),
    status: 401,
    rows: ['! anonymous login user eve'],
  },
  {
    route: 'POST /c/login',
    says: 'a name is not known, whatever it looks like',
    does: signIn({ username: `<b>'; drop table--\u{1f6a2}`, password: 'Wrong-Password-1' }),
    status: 401,
    rows: [`! anonymous login user <b>'; drop table--\u{1f6a2}`],
  },
  {
    route: 'GET /service/token',
    says: 'docker signs in and keeps a refresh token',
    does: async (world) =>
      noteTokens(
        world,
        await send(world, { url: '/service/token?service=berth&offline_token=true', as: ANN }),
      ),
    status: 200,
    rows: ['ann login user ann', 'ann create token ann'],
  },
  {
    route: 'POST /service/token',
    says: 'containerd signs in by password',
    does: tokenForm({ grant_type: 'password', service: 'berth', ...ANN }),
    status: 200,
    rows: ['ann login user ann'],
  },
  {
    route: 'POST /service/token',
    says: 'it signs in again within a minute, which the row before tells',
    does: tokenForm({ grant_type: 'password', service: 'berth', ...ANN }),
    status: 200,
    rows: [],
  },
  {
    route: 'POST /service/token',
    says: 'somebody comes with a refresh token',
    does: (world) =>
      tokenForm({
        grant_type: 'refresh_token',
        service: 'berth',
        refresh_token: [...world.secrets].find((secret) => secret.startsWith('berth-refresh-')) ?? '',
      })(world),
    status: 200,
    rows: ['ann login user ann'],
  },
  {
    route: 'POST /service/token',
    says: 'a password for a token is wrong',
    does: tokenForm({
      grant_type: 'password',
      service: 'berth',
      username: 'mallory',
      password: 'Wrong-Password-1',
    }),
    status: 401,
    rows: ['! anonymous login user mallory'],
  },
  {
    route: 'GET /api/v2.0/users/current',
    says: 'a password of the API is wrong',
    does: (world) =>
      send(world, {
        url: `${API}/users/current`,
        as: { username: 'trudy', password: 'Wrong-Password-1' },
      }),
    status: 401,
    rows: ['! anonymous login user trudy'],
  },
  {
    route: 'GET /v2 base',
    says: 'a password of the registry is wrong',
    does: (world) => send(world, { url: '/v2/', as: { username: 'oscar', password: 'Wrong-Password-1' } }),
    status: 401,
    rows: ['! anonymous login user oscar'],
  },
];

export const SESSIONS: readonly Step[] = [
  {
    route: 'POST /c/login',
    says: 'somebody signs in for sessions to end',
    does: signIn(ANN),
    status: 200,
    rows: ['ann login user ann'],
  },
  {
    route: 'DELETE /api/berth/v1/users/:user_id/sessions/:session_id',
    says: 'an administrator ends a session of somebody',
    does: async (world) => {
      const id = await sessionId(world);
      return api('DELETE', ({ ids }) => `${OWN}/users/${ids.ann}/sessions/${id}`)(world);
    },
    status: 204,
    rows: ['admin delete session ann'],
  },
  {
    route: 'POST /c/login',
    says: 'somebody signs in once more',
    does: signIn(ANN),
    status: 200,
    rows: ['ann login user ann'],
  },
  {
    route: 'DELETE /api/berth/v1/users/:user_id/sessions',
    says: 'an administrator ends all sessions of somebody',
    does: api('DELETE', ({ ids }) => `${OWN}/users/${ids.ann}/sessions`),
    status: 200,
    rows: ['admin delete session ann'],
  },
  {
    route: 'POST /c/login',
    says: 'somebody signs in a last time',
    does: signIn(ANN),
    status: 200,
    rows: ['ann login user ann'],
  },
  {
    route: 'DELETE /api/berth/v1/users/current/sessions',
    says: 'somebody ends all sessions of its own',
    does: (world) => send(world, { method: 'DELETE', url: `${OWN}/users/current/sessions`, as: ANN }),
    status: 200,
    rows: ['ann delete session ann'],
  },
  {
    route: 'DELETE /api/v2.0/users/:user_id',
    says: 'a user is deleted',
    does: api('DELETE', ({ ids }) => `${API}/users/${ids.ann}`),
    status: 200,
    rows: ['admin delete user ann'],
  },
];

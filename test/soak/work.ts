import { digestOf } from '#server/lib/digest.ts';
import { OCI_CONFIG, OCI_MANIFEST } from '#server/lib/media-types.ts';
import { blobOf, bytesOf, type Blob, type Chance } from '#test/crash/chance.ts';
import { sendRaw, type Answer, type Asked, type Caller } from './clients.ts';

/** One client of the soak and what it has made. */
export interface Worker {
  readonly admin: Caller;
  readonly developer: Caller;
  readonly origin: string;
  readonly chance: Chance;
  /** A number that no other worker gets. */
  readonly next: () => number;
  /** Counts what was answered with what; `wanted` are the statuses that are no surprise. */
  readonly note: (what: string, answer: Answer, wanted: readonly number[]) => void;
  readonly session: { cookie: string; csrf: string };
}

const PROJECT = 'soak';
const REPOSITORIES = 12;
const TAGS = 40;
const LARGE_BYTES = 24 * 1024 * 1024;

const repository = ({ chance }: Worker): string => `${PROJECT}/app${chance.below(REPOSITORIES)}`;
const tagOf = ({ chance }: Worker): string => `v${chance.below(TAGS)}`;
/** Few, so that the disk does not fill: pushed again and again. */
const largeOf = ({ chance }: Worker): Blob => large[chance.below(large.length)] ?? blobOf('none', 0);
const large = Array.from({ length: 4 }, (_, number) => blobOf(`large ${number}`, LARGE_BYTES));
const layers = Array.from({ length: 50 }, (_, number) => blobOf(`layer ${number}`, 2_000 + number * 3_001));

async function pushBlob(worker: Worker, name: string, blob: Blob): Promise<void> {
  const { developer, chance, note } = worker;
  const body = bytesOf(blob.name, blob.size);
  if (chance.happens(0.4)) {
    const path = `/v2/${name}/blobs/uploads/?digest=${blob.digest}`;
    note('push in one POST', await developer.ask('POST', path, { body }), [201]);
    return;
  }
  const begun = await developer.ask('POST', `/v2/${name}/blobs/uploads/`);
  note('begin an upload', begun, [202]);
  const location = begun.headers['location'] ?? '';
  const half = chance.happens(0.5) ? 0 : Math.floor(body.length / 2);
  if (half > 0)
    note('send a chunk', await developer.ask('PATCH', location, { body: body.subarray(0, half) }), [202]);
  const path = `${location}?digest=${blob.digest}`;
  note('end an upload', await developer.ask('PUT', path, { body: body.subarray(half) }), [201]);
}

async function pushImage(worker: Worker): Promise<void> {
  const { chance, next, developer, note } = worker;
  const name = repository(worker);
  const config = blobOf(`config ${next()}`, 300);
  const used = [chance.pick(layers), chance.pick(layers)];
  for (const blob of [config, ...used]) await pushBlob(worker, name, blob);
  const describe = (mediaType: string, { digest, size }: Blob): object => ({ mediaType, digest, size });
  const body = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      config: describe(OCI_CONFIG, config),
      layers: used.map((layer) => describe('application/vnd.oci.image.layer.v1.tar', layer)),
    }),
  );
  const reply = await developer.ask('PUT', `/v2/${name}/manifests/${tagOf(worker)}`, {
    body,
    headers: { 'content-type': OCI_MANIFEST },
  });
  // A layer of it may just have been deleted by somebody else.
  note('push a manifest', reply, [201, 400]);
}

async function pull(worker: Worker): Promise<void> {
  const { developer, chance, note } = worker;
  const name = repository(worker);
  const head = await developer.ask('HEAD', `/v2/${name}/manifests/${tagOf(worker)}`);
  note('look for a manifest', head, [200, 404]);
  const digest = head.headers['docker-content-digest'];
  if (typeof digest !== 'string') return;
  const manifest = await developer.ask('GET', `/v2/${name}/manifests/${digest}`);
  note('pull a manifest', manifest, [200, 404]);
  if (manifest.status !== 200) return;
  const { layers: found } = JSON.parse(manifest.body.toString()) as {
    layers: { digest: string; size: number }[];
  };
  for (const layer of found) {
    const path = `/v2/${name}/blobs/${layer.digest}`;
    const range = chance.happens(0.3) ? { range: `bytes=${chance.below(layer.size)}-` } : {};
    note('pull a blob', await developer.ask('GET', path, { headers: range }), [200, 206]);
  }
}

async function largeBlobs(worker: Worker): Promise<void> {
  const { developer, chance, note } = worker;
  const name = `${PROJECT}/large`;
  const blob = largeOf(worker);
  if (chance.happens(0.4)) await pushBlob(worker, name, blob);
  const asked: Asked = chance.happens(0.3) ? { leaveAfter: 1 + chance.below(LARGE_BYTES) } : {};
  note(
    'pull a large blob',
    await developer.ask('GET', `/v2/${name}/blobs/${blob.digest}`, asked),
    [200, 404],
  );
}

async function lists(worker: Worker): Promise<void> {
  const { developer, note } = worker;
  const name = repository(worker);
  const digest = digestOf(Buffer.from(String(worker.chance.below(50))));
  note('list tags', await developer.ask('GET', `/v2/${name}/tags/list?n=10`), [200, 404]);
  note('list repositories', await developer.ask('GET', '/v2/_catalog?n=5'), [200]);
  note('list referrers', await developer.ask('GET', `/v2/${name}/referrers/${digest}`), [200]);
}

async function tokens(worker: Worker): Promise<void> {
  const { developer, note, chance } = worker;
  const query = `service=berth&scope=repository:${repository(worker)}:pull,push&scope=repository:a/b:${chance.below(999)}`;
  note('a token', await developer.ask('GET', `/service/token?${query}`), [200]);
  note('an anonymous token', await developer.askBare('GET', `/service/token?${query}`), [200]);
  const wrong = { authorization: `Basic ${Buffer.from('developer:wrong').toString('base64')}` };
  if (chance.happens(0.05))
    note(
      'a wrong password',
      await developer.askBare('GET', `/service/token?${query}`, { headers: wrong }),
      [401, 429],
    );
}

async function remove(worker: Worker): Promise<void> {
  const { admin, note } = worker;
  const name = repository(worker);
  const tag = await admin.ask('HEAD', `/v2/${name}/manifests/${tagOf(worker)}`);
  const digest = tag.headers['docker-content-digest'];
  note('delete a tag', await admin.ask('DELETE', `/v2/${name}/manifests/${tagOf(worker)}`), [202, 404]);
  if (typeof digest === 'string')
    note('delete a manifest', await admin.ask('DELETE', `/v2/${name}/manifests/${digest}`), [202, 404]);
  const blob = worker.chance.pick(layers).digest;
  note('delete a blob', await admin.ask('DELETE', `/v2/${name}/blobs/${blob}`), [202, 404, 405]);
}

async function consoleCalls(worker: Worker): Promise<void> {
  const { admin, session, note, chance, origin } = worker;
  const name = encodeURIComponent(repository(worker).slice(PROJECT.length + 1));
  const headers = { cookie: session.cookie };
  for (const path of [
    '/api/v2.0/projects?page_size=15',
    '/api/v2.0/users/current',
    `/api/v2.0/projects/${PROJECT}/repositories`,
    `/api/v2.0/projects/${PROJECT}/repositories/${name}/artifacts?with_tag=true`,
    '/api/v2.0/audit-logs?page_size=20',
    '/api/v2.0/statistics',
    '/api/v2.0/systeminfo',
    '/api/v2.0/health',
    '/',
  ])
    note('a call of the console', await admin.askBare('GET', path, { headers }), [200, 404]);
  const project = { project_name: `made-${worker.next()}`, metadata: { public: 'true' } };
  const json = { 'content-type': 'application/json' };
  const made = await admin.ask('POST', '/api/v2.0/projects', {
    body: Buffer.from(JSON.stringify(project)),
    headers: json,
  });
  note('make a project', made, [201]);
  note(
    'delete a project',
    await admin.ask('DELETE', `/api/v2.0/projects/${project.project_name}`),
    [200, 412],
  );
  const events = `GET /api/berth/v1/events HTTP/1.1\r\nHost: ${new URL(origin).host}\r\nCookie: ${session.cookie}\r\n\r\n`;
  await sendRaw(origin, events, chance.below(300));
}

async function refusals(worker: Worker): Promise<void> {
  const { developer, note, chance, next } = worker;
  const name = repository(worker);
  const wrong = digestOf(Buffer.from(`not this ${next()}`));
  const body = Buffer.from('other bytes');
  note(
    'a wrong digest',
    await developer.ask('POST', `/v2/${name}/blobs/uploads/?digest=${wrong}`, { body }),
    [400],
  );
  const types = { 'content-type': OCI_MANIFEST };
  const malformed = Buffer.from(`{"schemaVersion":2,"x":${'['.repeat(1 + chance.below(5_000))}`);
  const put = (bytes: Buffer): Promise<Answer> =>
    developer.ask('PUT', `/v2/${name}/manifests/bad`, { body: bytes, headers: types });
  note('a malformed manifest', await put(malformed), [400]);
  if (chance.happens(0.1))
    note('an oversized manifest', await put(Buffer.alloc(9 * 1024 * 1024, 0x20)), [413, 0]);
  note(
    'no such upload',
    await developer.ask('PATCH', `/v2/${name}/blobs/uploads/${wrong.slice(-36)}`, { body }),
    [404],
  );
  note('a bad name', await developer.ask('GET', `/v2/${PROJECT}/UPPER/manifests/x`), [400, 401, 403, 404]);
  note('no rights', await developer.ask('GET', `/v2/elsewhere/app/manifests/${next()}`), [401, 403, 404]);
  note('no such path', await developer.ask('GET', `/nothing/${next()}`), [200, 404]);
  const long = { 'x-long': 'a'.repeat(chance.below(100_000)) };
  note('long headers', await developer.ask('GET', '/v2/', { headers: long }), [200, 431, 0]);
}

async function brokenLines(worker: Worker): Promise<void> {
  const { developer, origin, chance, note } = worker;
  const name = repository(worker);
  const begun = await developer.ask('POST', `/v2/${name}/blobs/uploads/`);
  note('begin an upload', begun, [202]);
  const location = begun.headers['location'] ?? '';
  const body = bytesOf(`broken ${worker.next()}`, 200_000);
  await developer.ask('PATCH', location, { body, sendOnly: chance.below(body.length) });
  // The server may still be at the bytes that came.
  note('ask for a broken upload', await developer.ask('GET', location), [204]);
  note('cancel a broken upload', await developer.ask('DELETE', location), [204, 409]);
  const texts = [
    '',
    'GET /v2/ HTTP/1.1\r\nHost: ',
    '\x16\x03\x01\x02',
    'POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nx',
  ];
  await sendRaw(origin, chance.pick(texts), chance.below(400));
}

/** What a worker does, each as often as its number says. */
export const repertoire: readonly (readonly [number, (worker: Worker) => Promise<void>])[] = [
  [10, pull],
  [6, pushImage],
  [2, largeBlobs],
  [4, lists],
  [2, tokens],
  [2, remove],
  [2, consoleCalls],
  [3, refusals],
  [2, brokenLines],
];

/** Makes what the work needs: a project of its own and somebody who may push there. */
export async function prepare(admin: Caller): Promise<{ user: string; password: string }> {
  const headers = { 'content-type': 'application/json' };
  const post = async (path: string, value: object): Promise<void> => {
    const reply = await admin.ask('POST', path, { headers, body: Buffer.from(JSON.stringify(value)) });
    if (reply.status !== 201) throw new Error(`${path}: ${reply.status} ${reply.body.toString()}`);
  };
  const [user, password] = ['developer', 'Sailor-man-1'];
  await post('/api/v2.0/projects', { project_name: PROJECT, metadata: { public: 'false' } });
  await post('/api/v2.0/users', {
    username: user,
    password,
    email: 'd@example.test',
    realname: user,
    comment: '',
  });
  const member = { role_id: 4, member_user: { username: user } };
  await post(`/api/v2.0/projects/${PROJECT}/members`, member);
  return { user, password };
}

/** Signs in as the console does; gives back the cookies of the session. */
export async function signIn(
  caller: Caller,
  who: { user: string; password: string },
): Promise<{ cookie: string; csrf: string }> {
  const first = await caller.askBare('GET', '/api/v2.0/systeminfo');
  const cookiesOf = (answer: Answer): string =>
    (answer.headers['set-cookie'] ?? []).map((each) => each.split(';', 1)[0] ?? '').join('; ');
  const csrf = String(first.headers['x-harbor-csrf-token'] ?? '');
  const body = Buffer.from(new URLSearchParams({ principal: who.user, password: who.password }).toString());
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    cookie: cookiesOf(first),
    'x-harbor-csrf-token': csrf,
  };
  const signedIn = await caller.askBare('POST', '/c/login', { body, headers });
  if (signedIn.status !== 200) throw new Error(`sign in: ${signedIn.status} ${signedIn.body.toString()}`);
  return { cookie: [cookiesOf(first), cookiesOf(signedIn)].filter((each) => each !== '').join('; '), csrf };
}

import type { TextKey } from '../text/en.ts';

export const clients = ['docker', 'podman', 'ctr', 'nerdctl', 'skopeo', 'helm'] as const;
export type Client = (typeof clients)[number];
/** ORAS pulls what is neither an image nor a chart; nobody pushes images with it. */
export type PullClient = Client | 'oras';

/** Names of the clients as their makers write them; the same in every language. */
export const clientNames: Record<PullClient, string> = {
  docker: 'Docker',
  podman: 'Podman',
  ctr: 'ctr',
  nerdctl: 'nerdctl',
  skopeo: 'Skopeo',
  helm: 'Helm',
  oras: 'ORAS',
};

export interface Server {
  /** Host and port as clients type it. */
  host: string;
  plainHttp: boolean;
}

export interface Command {
  label: Extract<TextKey, `push.intro.${string}`>;
  command: string;
}

/** Whether only this machine reaches the address; Docker then accepts plain HTTP without any set-up. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(?:\.\d+){3}|\[::1\])(:\d+)?$/.test(host);
}

interface PushTarget extends Server {
  project: string;
  /** Repository without its project; an example is used when there is none yet. */
  repo?: string | undefined;
  username: string;
}

/** The exact commands that sign in and push with one client. */
export function pushCommands(client: Client, target: PushTarget): Command[] {
  const { host, project, username } = target;
  const image = `${host}/${project}/${target.repo ?? 'alpine'}:3.22`;
  const flags = flagsOf(target);
  const login = (command: string): Command => ({ label: 'push.intro.login', command });
  const tag = (command: string): Command => ({ label: 'push.intro.tag', command });
  const push = (command: string): Command => ({ label: 'push.intro.push', command });
  switch (client) {
    case 'docker':
      return [
        login(`docker login ${host} -u ${username}`),
        tag(`docker tag alpine:3.22 ${image}`),
        push(`docker push ${image}`),
      ];
    case 'podman':
      return [
        login(`podman login${flags.tls} ${host} -u ${username}`),
        tag(`podman tag alpine:3.22 ${image}`),
        push(`podman push${flags.tls} ${image}`),
      ];
    case 'ctr':
      return [
        { label: 'push.intro.pullFirst', command: 'ctr images pull docker.io/library/alpine:3.22' },
        tag(`ctr images tag docker.io/library/alpine:3.22 ${image}`),
        { label: 'push.intro.pushAsks', command: `ctr images push${flags.http} -u ${username} ${image}` },
      ];
    case 'nerdctl':
      return [
        login(`nerdctl${flags.insecure} login ${host} -u ${username}`),
        tag(`nerdctl tag alpine:3.22 ${image}`),
        push(`nerdctl${flags.insecure} push ${image}`),
      ];
    case 'skopeo':
      return [
        login(`skopeo login${flags.tls} ${host} -u ${username}`),
        {
          label: 'push.intro.copy',
          command: `skopeo copy${flags.destTls} docker://docker.io/library/alpine:3.22 docker://${image}`,
        },
      ];
    case 'helm':
      return [
        login(`helm registry login${flags.http} ${host} -u ${username}`),
        { label: 'push.intro.package', command: 'helm package ./mychart' },
        push(`helm push${flags.http} mychart-0.1.0.tgz oci://${host}/${project}`),
      ];
  }
}

/** The command that signs in, for each client that keeps a sign-in (ctr keeps none). */
export function loginCommands(target: Server & { username: string }): { client: Client; command: string }[] {
  const { host, username } = target;
  const { tls, http, insecure } = flagsOf(target);
  return [
    { client: 'docker', command: `docker login ${host} -u ${username}` },
    { client: 'podman', command: `podman login${tls} ${host} -u ${username}` },
    { client: 'nerdctl', command: `nerdctl${insecure} login ${host} -u ${username}` },
    { client: 'skopeo', command: `skopeo login${tls} ${host} -u ${username}` },
    { client: 'helm', command: `helm registry login${http} ${host} -u ${username}` },
  ];
}

function flagsOf({ plainHttp }: Server): { tls: string; destTls: string; http: string; insecure: string } {
  if (!plainHttp) return { tls: '', destTls: '', http: '', insecure: '' };
  return {
    tls: ' --tls-verify=false',
    destTls: ' --dest-tls-verify=false',
    http: ' --plain-http',
    insecure: ' --insecure-registry',
  };
}

export type PullKind = 'image' | 'chart' | 'other';

export interface PullSource extends Server {
  project: string;
  repo: string;
  digest: string;
  tag?: string | undefined;
  kind: PullKind;
  /** Who pulls, where the project asks for it: ctr keeps no sign-in. */
  username?: string | undefined;
}

/** One pull command per client that can take the artifact; by tag where it has one, else by digest. */
export function pullCommands(source: PullSource): { client: PullClient; command: string }[] {
  const { host, project, repo, digest, tag } = source;
  const name = `${host}/${project}/${repo}`;
  const reference = tag === undefined ? `${name}@${digest}` : `${name}:${tag}`;
  const flags = flagsOf(source);
  const user = source.username === undefined ? '' : ` -u ${source.username}`;
  const folder = repo.slice(repo.lastIndexOf('/') + 1);
  const skopeo = {
    client: 'skopeo' as const,
    command: `skopeo copy${flags.tls && ' --src-tls-verify=false'} docker://${reference} oci:${folder}`,
  };
  if (source.kind === 'other') {
    return [{ client: 'oras', command: `oras pull${flags.http} ${reference}` }, skopeo];
  }
  if (source.kind === 'chart') {
    const version = tag === undefined ? `@${digest}` : ` --version ${tag.replaceAll('_', '+')}`;
    return [{ client: 'helm', command: `helm pull${flags.http} oci://${name}${version}` }, skopeo];
  }
  return [
    { client: 'docker', command: `docker pull ${reference}` },
    { client: 'podman', command: `podman pull${flags.tls} ${reference}` },
    { client: 'ctr', command: `ctr images pull${flags.http}${user} ${reference}` },
    { client: 'nerdctl', command: `nerdctl${flags.insecure} pull ${reference}` },
    skopeo,
  ];
}

/** How the server is started with what the settings show and cannot change; the values are examples. */
export const serveExamples = {
  storage: 'berth serve --data /srv/berth --min-free 10%',
  network:
    'berth serve --listen 0.0.0.0:5443 --tls-cert berth.crt --tls-key berth.key --external-url https://registry.example:5443',
} as const;

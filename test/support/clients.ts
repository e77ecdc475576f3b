import { existsSync } from 'node:fs';
import { findGo, goToolPath, goTools, type GoTool } from '#build/go-tools.ts';
import { openContainerd } from './client-containerd.ts';
import { openBuildah, openPodman, openSkopeo } from './client-containers.ts';
import { openDocker } from './client-docker.ts';
import { openCrane, openRegctl } from './client-go.ts';
import type { TestImage } from './image.ts';
import { missingCommands, type RunResult } from './process.ts';

/** How a client gets to a registry. */
export interface Reach {
  /** HOST:PORT, as it stands in the names of images. */
  readonly host: string;
  /** Where the registry speaks TLS; without it plain HTTP. */
  readonly tls?: {
    /** The file of the authority to trust; without one the client knows none that would do. */
    readonly authority?: string;
    /** The HTTP proxy that leads to the host's name, which no DNS knows. */
    readonly proxy: string;
  };
}

/** One real client with a store of its own, driven in the same way whatever it is. */
export interface Client {
  /** Puts a test image into the store under the name it will be pushed as, HOST:PORT/REPOSITORY:TAG. */
  readonly load: (image: TestImage, name: string) => Promise<void>;
  /** Tells the client its credentials; refused credentials show here or at the first push. */
  readonly login: (user: string, password: string) => Promise<RunResult>;
  readonly push: (name: string) => Promise<RunResult>;
  readonly pull: (name: string) => Promise<RunResult>;
  /** What the store holds under a name, as digests: the same in two stores if and only if the image is. */
  readonly identify: (name: string) => Promise<string>;
  /** Pushes an image of several platforms as one index or list. */
  readonly pushIndex: (image: TestImage, name: string) => Promise<RunResult>;
  /** Puts an image that was pushed from this store under a second name into the registry, in the client's own way. */
  readonly copy: (from: string, to: string) => Promise<RunResult>;
  /** Operations that not every client has: see `cannot` of its kind. */
  readonly remove?: (name: string) => Promise<RunResult>;
  readonly tags?: (repository: string) => Promise<RunResult>;
  readonly catalog?: () => Promise<RunResult>;
  readonly dispose: () => Promise<void>;
}

export interface ClientKind {
  readonly name: string;
  /** What this machine lacks of what it needs. */
  readonly missing: () => readonly string[];
  /** It pushes byte for byte what it was given, an index of several platforms included. */
  readonly keepsBytes: boolean;
  /** Over plain HTTP it carries a real Debian as well, 80 MB. */
  readonly triesDebian: boolean;
  /** It prints the registry's own sentence when a push is refused; containerd 1.6 prints only the status. */
  readonly showsRefusals: boolean;
  /** After a broken line it asks for the rest of a blob only. The others begin anew. */
  readonly resumes: readonly ('pull' | 'push')[];
  /** Operations that it does not have, and why: no test stands for them. */
  readonly cannot: Readonly<Partial<Record<'remove' | 'tags' | 'catalog', string>>>;
  readonly open: (reach: Reach) => Promise<Client>;
}

const commands = (...names: readonly string[]) => ({ missing: () => missingCommands(...names) });

const goTool = (tool: GoTool) => ({
  missing: () => [
    ...(findGo() === undefined ? ['go'] : existsSync(goToolPath(tool)) ? [] : [tool.name]),
    ...missingCommands('skopeo'),
  ],
});

export const clientKinds: readonly ClientKind[] = [
  {
    name: 'docker',
    ...commands('dockerd', 'docker', 'skopeo'),
    keepsBytes: false,
    triesDebian: true,
    showsRefusals: true,
    resumes: ['pull'],
    cannot: {
      remove: 'docker has no command that deletes in a registry',
      tags: 'docker has no command for the tags of a repository',
      catalog: 'docker search asks for an index of 2013 that nothing serves any more',
    },
    open: openDocker,
  },
  {
    name: 'podman',
    ...commands('podman', 'skopeo'),
    keepsBytes: false,
    // The desktop's first push does (test/desktop/first-push.spec.ts).
    triesDebian: false,
    showsRefusals: true,
    resumes: [],
    cannot: { remove: 'podman leaves it to skopeo' },
    open: openPodman,
  },
  {
    name: 'buildah',
    ...commands('buildah', 'skopeo'),
    keepsBytes: false,
    triesDebian: false,
    showsRefusals: true,
    resumes: [],
    cannot: {
      remove: 'buildah leaves it to skopeo',
      tags: 'buildah leaves it to skopeo',
      catalog: 'buildah leaves it to podman',
    },
    open: openBuildah,
  },
  {
    name: 'skopeo',
    ...commands('skopeo'),
    keepsBytes: true,
    triesDebian: true,
    showsRefusals: true,
    resumes: [],
    cannot: { catalog: 'skopeo has no command for it' },
    open: openSkopeo,
  },
  {
    name: 'ctr',
    ...commands('containerd', 'ctr', 'skopeo'),
    keepsBytes: true,
    triesDebian: true,
    showsRefusals: false,
    resumes: ['pull'],
    cannot: {
      remove: 'ctr has no command that deletes in a registry',
      tags: 'ctr has no command for the tags of a repository',
      catalog: 'ctr has no command for it',
    },
    open: openContainerd,
  },
  {
    name: 'crane',
    ...goTool(goTools.crane),
    keepsBytes: true,
    triesDebian: false,
    showsRefusals: true,
    resumes: [],
    cannot: {},
    open: openCrane,
  },
  {
    name: 'regctl',
    ...goTool(goTools.regctl),
    keepsBytes: true,
    triesDebian: false,
    showsRefusals: true,
    resumes: ['pull', 'push'],
    cannot: {},
    open: openRegctl,
  },
];

import { expect } from 'vitest';
import { byBoth, each, make, read, type AtOnce, type Crowd } from './at-once.ts';
import { addProject, API } from './people.ts';
import { pushImage } from './push.ts';

const REPOSITORY = '/projects/{project_name}/repositories/{repository_name}';
const ARTIFACT = `${REPOSITORY}/artifacts/{reference}`;

const labelOf = (name: string): object => ({ name, color: '#1D5C8A', scope: 'g' });
const repository = (project: string): string => `/projects/${project}/repositories/app`;

async function projectWithImage(world: Crowd, name: string): Promise<string> {
  await addProject(world.server, name);
  await pushImage(world.server, `${name}/app`);
  return `${API}${repository(name)}`;
}

const repositories: readonly AtOnce[] = [
  {
    covers: [`PUT ${REPOSITORY}`],
    says: 'a repository has one of the descriptions in the end',
    succeed: 'all',
    otherwise: [],
    prepare: async (world, name) => {
      const url = await projectWithImage(world, name);
      return each(
        world,
        ['one', 'two'].map((description) => ({ method: 'PUT', url, payload: { description } })),
      );
    },
    after: async (world, name) => {
      const { description } = await read<{ description: string }>(world, repository(name));
      expect(['one', 'two']).toContain(description);
    },
  },
  {
    covers: [`DELETE ${REPOSITORY}`],
    says: 'a repository is deleted once, also where another describes it',
    succeed: 'some',
    otherwise: [404],
    prepare: async (world, name) => {
      const url = await projectWithImage(world, name);
      return each(world, [
        { method: 'DELETE', url },
        { method: 'PUT', url, payload: { description: 'x' } },
        { method: 'DELETE', url },
      ]);
    },
    after: async (world, name) => {
      const found = await world.server.inject({ url: `${API}${repository(name)}`, as: 'admin' });
      expect(found.statusCode).toBe(404);
    },
  },
];

const artifacts: readonly AtOnce[] = [
  {
    covers: [`POST ${REPOSITORY}/artifacts`],
    says: 'an artifact that is copied several times is there once',
    succeed: 'some',
    otherwise: [409],
    prepare: async (world, name) => {
      await projectWithImage(world, name);
      const url = `${API}/projects/${name}/repositories/copy/artifacts?from=${name}/app:latest`;
      return byBoth(world, { method: 'POST', url });
    },
    after: async (world, name) => {
      const path = `/projects/${name}/repositories/copy`;
      expect(await read<object[]>(world, `${path}/artifacts`)).toHaveLength(1);
      expect(await read<object[]>(world, `${path}/artifacts/latest/tags`)).toHaveLength(1);
      expect(await read<object>(world, path)).toMatchObject({ artifact_count: 1 });
    },
  },
  {
    covers: [`DELETE ${ARTIFACT}`],
    says: 'an artifact is deleted once, also where others tag and copy it',
    succeed: 'some',
    otherwise: [404],
    prepare: async (world, name) => {
      const url = await projectWithImage(world, name);
      const digest = await pushImage(world.server, `${name}/app`);
      const artifact = `${url}/artifacts/${digest}`;
      return each(world, [
        { method: 'POST', url: `${artifact}/tags`, payload: { name: 'more' } },
        { method: 'DELETE', url: artifact },
        {
          method: 'POST',
          url: `${API}/projects/${name}/repositories/copy/artifacts?from=${name}/app@${digest}`,
        },
        { method: 'DELETE', url: artifact },
      ]);
    },
    after: async (world, name) => {
      expect(await read(world, `${repository(name)}/artifacts`)).toEqual([]);
      expect(await read<object>(world, repository(name))).toMatchObject({ artifact_count: 0 });
    },
  },
  {
    covers: [`POST ${ARTIFACT}/tags`],
    says: 'a tag of one name is made once',
    succeed: 1,
    otherwise: [409],
    prepare: async (world, name) => {
      const url = await projectWithImage(world, name);
      return byBoth(world, { method: 'POST', url: `${url}/artifacts/latest/tags`, payload: { name: 'v1' } });
    },
  },
  {
    covers: [`DELETE ${ARTIFACT}/tags/{tag_name}`],
    says: 'a tag is taken away once',
    succeed: 1,
    otherwise: [404],
    prepare: async (world, name) => {
      const url = await projectWithImage(world, name);
      const digest = await pushImage(world.server, `${name}/app`);
      return byBoth(world, { method: 'DELETE', url: `${url}/artifacts/${digest}/tags/latest` });
    },
  },
];

async function imageAndLabel(world: Crowd, name: string): Promise<{ url: string; id: number }> {
  const url = await projectWithImage(world, name);
  const id = await make(world, '/labels', labelOf(name));
  world.ids.set(name, id);
  return { url: `${url}/artifacts/latest/labels`, id };
}

const labels: readonly AtOnce[] = [
  {
    covers: [`POST ${ARTIFACT}/labels`],
    says: 'a label is put on an artifact once',
    succeed: 1,
    otherwise: [409],
    prepare: async (world, name) => {
      const { url, id } = await imageAndLabel(world, name);
      return byBoth(world, { method: 'POST', url, payload: { id } });
    },
    after: async (world, name) => {
      const found = await read<{ labels: object[] }>(
        world,
        `${repository(name)}/artifacts/latest?with_label=true`,
      );
      expect(found.labels).toHaveLength(1);
    },
  },
  {
    covers: [`DELETE ${ARTIFACT}/labels/{label_id}`],
    says: 'a label is taken off an artifact once',
    succeed: 1,
    otherwise: [404],
    prepare: async (world, name) => {
      const { url, id } = await imageAndLabel(world, name);
      await make(world, `${repository(name)}/artifacts/latest/labels`, { id });
      return byBoth(world, { method: 'DELETE', url: `${url}/${id}` });
    },
  },
  {
    covers: ['POST /labels'],
    says: 'a label of one name is made once',
    succeed: 1,
    otherwise: [409],
    prepare: async (world, name) =>
      byBoth(world, { method: 'POST', url: `${API}/labels`, payload: labelOf(name) }),
  },
  {
    covers: ['PUT /labels/{label_id}'],
    says: 'of two labels one gets the name that both want',
    succeed: 1,
    otherwise: [409],
    prepare: async (world, name) => {
      const ids = [
        await make(world, '/labels', labelOf(`${name}-1`)),
        await make(world, '/labels', labelOf(`${name}-2`)),
      ];
      return each(
        world,
        ids.map((id) => ({ method: 'PUT', url: `${API}/labels/${id}`, payload: labelOf(`${name}-new`) })),
      );
    },
  },
  {
    covers: ['DELETE /labels/{label_id}'],
    says: 'a label is deleted once, also where others put it on an artifact or rename it',
    succeed: 'some',
    otherwise: [404, 409],
    prepare: async (world, name) => {
      const { url, id } = await imageAndLabel(world, name);
      return each(world, [
        { method: 'POST', url, payload: { id } },
        { method: 'DELETE', url: `${API}/labels/${id}` },
        { method: 'PUT', url: `${API}/labels/${id}`, payload: labelOf(`${name}-new`) },
        { method: 'DELETE', url: `${API}/labels/${id}` },
      ]);
    },
    after: async (world, name) => {
      const gone = await world.server.inject({ url: `${API}/labels/${world.ids.get(name)}`, as: 'admin' });
      expect(gone.statusCode).toBe(404);
      const found = await read<{ labels?: object[] | null }>(
        world,
        `${repository(name)}/artifacts/latest?with_label=true`,
      );
      expect(found.labels ?? []).toEqual([]);
    },
  },
];

/** What is done to repositories, artifacts, tags and labels. */
export const CONTENT_AT_ONCE: readonly AtOnce[] = [...repositories, ...artifacts, ...labels];

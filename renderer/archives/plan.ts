import type { ArchiveImport, ImportTarget } from '../api/archives.ts';
import { isRepository, isTag, readName, repositoryFromFile, splitTags } from './names.ts';

/** One place where one image of an archive is to be; an image with names in two repositories has two. */
export interface Place {
  id: string;
  /** The image's place in the archive. */
  position: number;
  /** Names as the archive gives them. */
  given: readonly string[];
  isTaken: boolean;
  repository: string;
  /** Separated by commas. */
  tags: string;
}

/** Where the images go by the names they have; one without a name by that of the file. */
export function planPlaces(
  project: string,
  images: readonly (readonly string[])[],
  fileName: string,
): Place[] {
  return images.flatMap((given, position) => {
    const names = given.map((name) => readName(project, name));
    const byRepository = Map.groupBy(names, (name) => name.repository ?? repositoryFromFile(fileName));
    if (byRepository.size === 0) byRepository.set(repositoryFromFile(fileName), []);
    return [...byRepository].map(([repository, group], i) => ({
      id: `${position}-${i}`,
      position,
      given: group.map((name) => name.given),
      isTaken: true,
      repository,
      tags: group.flatMap((name) => name.tag ?? []).join(', '),
    }));
  });
}

/** The same for what the server found. */
export const planFound = (project: string, found: ArchiveImport): Place[] =>
  planPlaces(
    project,
    found.images.map((image) => image.names.map((name) => name.given)),
    found.file_name,
  );

export interface PlaceErrors {
  repository: boolean;
  /** The first word that cannot be a tag. */
  tag: string | undefined;
}

/** What is wrong with a place that is taken. */
export function checkPlace(project: string, place: Place): PlaceErrors {
  if (!place.isTaken) return { repository: false, tag: undefined };
  return {
    repository: !isRepository(project, place.repository),
    tag: splitTags(place.tags).find((tag) => !isTag(tag)),
  };
}

export const targetsOf = (places: readonly Place[]): ImportTarget[] =>
  places
    .filter((place) => place.isTaken)
    .map(({ position, repository, tags }) => ({ position, repository, tags: splitTags(tags) }));

/** Whether the server found the very images that were read before it was sent. */
export function isAsRead(images: readonly (readonly string[])[], found: ArchiveImport): boolean {
  const names = (list: readonly (readonly string[])[]): string =>
    JSON.stringify(list.map((each) => each.toSorted()));
  return names(images) === names(found.images.map((image) => image.names.map((name) => name.given)));
}

/** A function that makes its value at the first call and gives back the same one from then on; a throw is not kept. */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

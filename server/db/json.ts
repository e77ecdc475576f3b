/** JSON columns are text in both databases; one codec, so that a broken row has one place to fail. */
export function writeJson(value: unknown): string {
  return JSON.stringify(value);
}

/** The value written by {@link writeJson}. The caller names the type that it wrote. */
export function readJson<T>(text: string): T {
  return JSON.parse(text) as T;
}

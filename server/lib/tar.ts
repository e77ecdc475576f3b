import { brokenTar, readTarEntries } from './tar-entries.ts';

/** What may be read of an archive that somebody pushed: beyond it reading ends with a refusal. */
export interface TarLimits {
  /** Bytes of the whole archive, unpacked. */
  readonly totalBytes: number;
  /** Bytes of one file that is wanted. */
  readonly fileBytes: number;
  readonly entries: number;
}

export interface TarFile {
  /** As the archive writes it: of no use as a path. */
  readonly name: string;
  readonly bytes: Buffer;
}

/**
 * The regular files of a tar archive that `isWanted` picks by their names, in order. Links and devices are passed over,
 * nothing is written anywhere. Memory holds one wanted file at a time. Throws as {@link readTarEntries}.
 */
export async function* readTar(
  source: AsyncIterable<Uint8Array>,
  { limits, isWanted }: { limits: TarLimits; isWanted: (name: string) => boolean },
): AsyncGenerator<TarFile, void, undefined> {
  for await (const { kind, name, sizeBytes, content } of readTarEntries(source, limits)) {
    if (kind !== 'file' || !isWanted(name)) continue;
    if (sizeBytes > limits.fileBytes)
      throw brokenTar(`${JSON.stringify(name.slice(-100))} is larger than ${limits.fileBytes} bytes`);
    const chunks: Buffer[] = [];
    for await (const chunk of content) chunks.push(Buffer.from(chunk));
    yield { name, bytes: Buffer.concat(chunks) };
  }
}

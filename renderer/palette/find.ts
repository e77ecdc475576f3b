import { queryOptions } from '@tanstack/react-query';
import type { FindBody } from '#server/domain/search/contract.ts';
import { berthApi, call } from '../api/client.ts';

export type Found = FindBody;

/** So long is nothing that the server looks for. */
const longest = 600;

/** What is sent for what was typed or pasted: of an address of a page, the digest in it. */
export function wordsToSend(typed: string): string {
  const digest = /^\s*https?:.*\b(sha256:[0-9a-f]{64})/i.exec(typed)?.[1];
  return (digest ?? typed).replaceAll('\0', '').toWellFormed().trim().slice(0, longest);
}

/** A few of everything that has these words, or is named by them; asked for once each pause of typing. */
export const findQuery = (words: string) =>
  queryOptions({
    queryKey: ['find', words],
    queryFn: ({ signal }) => call<Found>(`${berthApi}/search`, { query: { q: words }, signal }),
    enabled: words !== '',
    staleTime: 15_000,
    gcTime: 60_000,
  });

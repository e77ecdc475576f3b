import type { Readable } from 'node:stream';
import { expect } from 'vitest';
import type { TestRequest, TestServer } from '#test/support/server.ts';
import { OWN } from './people.ts';

export interface Message {
  readonly id?: number;
  readonly event?: string;
  readonly data?: Record<string, unknown>;
}

function parseMessage(block: string): Message {
  const fields = new Map(
    block
      .split('\n')
      .map((line): [string, string] => [line.split(': ', 1)[0] ?? '', line.slice(line.indexOf(': ') + 2)]),
  );
  const [id, event, data] = [fields.get('id'), fields.get('event'), fields.get('data')];
  return {
    ...(id === undefined ? {} : { id: Number(id) }),
    ...(event === undefined ? {} : { event }),
    ...(data === undefined ? {} : { data: JSON.parse(data) as Record<string, unknown> }),
  };
}

/** Reads the event stream as a browser's EventSource does, without a socket. */
export class EventReader {
  readonly stream: Readable;
  text = '';
  ended = false;

  constructor(stream: Readable) {
    this.stream = stream;
    stream.setEncoding('utf8');
    stream.on('data', (chunk: string) => (this.text += chunk));
    for (const end of ['end', 'close', 'error']) stream.on(end, () => (this.ended = true));
  }

  static async open(
    server: TestServer,
    options: { as?: NonNullable<TestRequest['as']>; headers?: Record<string, string> } = {},
  ): Promise<EventReader> {
    const reply = await server.inject({ url: `${OWN}/events`, payloadAsStream: true, ...options });
    expect(reply.statusCode).toBe(200);
    expect(reply.headers['content-type']).toBe('text/event-stream');
    return new EventReader(reply.stream());
  }

  /** Everything that names an event, so far, with what only keeps the stream alive. */
  get all(): Message[] {
    const blocks = this.text.split('\n\n').slice(0, -1);
    return blocks.map(parseMessage).filter((message) => message.event !== undefined);
  }

  /** Every message that tells of something, so far. */
  get messages(): Message[] {
    return this.all.filter(({ event }) => event !== 'hello' && event !== 'beat');
  }

  get names(): (string | undefined)[] {
    return this.messages.map((message) => message.event);
  }

  /** Resolves once the events of these names, and no others, have arrived in this order. */
  async expectNames(...names: readonly string[]): Promise<void> {
    await expect.poll(() => this.names, { timeout: 5_000, interval: 5 }).toEqual(names);
  }

  async expectEnd(): Promise<void> {
    await expect.poll(() => this.ended, { timeout: 5_000, interval: 5 }).toBe(true);
  }

  close(): void {
    this.stream.destroy();
  }
}

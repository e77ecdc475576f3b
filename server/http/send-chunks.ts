import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';

/** The client left before it had everything: nobody's fault, and nobody is there to be told. */
class ClientLeft extends Error {}

/** Resolves when the system has taken the chunk, so that its buffer may be used again. */
function write(response: ServerResponse, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(new ClientLeft());
    if (response.destroyed) return leave();
    response.once('close', leave);
    response.write(chunk, (error) => {
      response.off('close', leave);
      if (error) reject(new ClientLeft());
      else resolve();
    });
  });
}

/**
 * Sends the reply's head, then the chunks as the client takes them, each before the next is asked for. Past the
 * framework, whose streams would hold chunks back while their buffers are filled anew. A source that fails cuts the
 * connection, so that the client sees the body is short.
 */
export async function sendChunks(
  reply: FastifyReply,
  chunks: AsyncIterable<Uint8Array> | readonly Uint8Array[],
): Promise<void> {
  reply.hijack();
  const response = reply.raw;
  response.writeHead(reply.statusCode, reply.getHeaders() as Record<string, string>);
  try {
    for await (const chunk of chunks) await write(response, chunk);
    response.end();
  } catch (error) {
    response.destroy();
    if (!(error instanceof ClientLeft)) reply.log.error(error);
  }
}

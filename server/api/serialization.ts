import { SerializerSelector } from '@fastify/fast-json-stringify-compiler';
import type { FastifySerializerCompiler } from 'fastify/types/schema.js';
import { once } from '../lib/once.ts';

/**
 * The framework's own compiler of replies, at each reply's first use instead of all of them at the start: they are several
 * hundred, took a seventh of the time until the server is ready, and most runs need a few.
 */
export function createSerializerCompiler(): FastifySerializerCompiler<unknown> {
  const compile = SerializerSelector()();
  return (route) => {
    const serializer = once(() => compile({ ...route, httpStatus: route.httpStatus ?? '' }));
    return (value) => serializer()(value);
  };
}

import type { ArtifactContent } from '../../api/types.ts';
import { asWritten, readRecorded } from './dockerfile.ts';

export type Layer = ArtifactContent['layers'][number];

export interface Step {
  /** Instruction as in a Dockerfile, in capitals; empty when it is none. */
  verb: string;
  text: string;
  /** All of it, as it was recorded. */
  full: string;
  layer: Layer | undefined;
}

/**
 * Build steps with the layers they made. Without a history (charts, other artifacts, some builders) each
 * layer is a step, named by its file name or its media type.
 */
export function stepsOf(content: ArtifactContent): Step[] {
  const layers = content.layers;
  if (content.history.length === 0) {
    return layers.map((layer) => {
      // What ORAS and Helm push carries a file name there (OCI image spec, "Pre-Defined Annotation Keys").
      const full = layer.annotations['org.opencontainers.image.title'] ?? layer.media_type;
      return { verb: '', text: full.replace(/^application\//, ''), full, layer };
    });
  }
  return content.history.map((entry) => {
    const layer = layers.find(({ digest }) => digest === entry.layer_digest);
    return { ...readInstruction(entry.created_by), full: entry.created_by, layer };
  });
}

/** An instruction on one line, as a table shows it. */
export function readInstruction(createdBy: string): { verb: string; text: string } {
  const step = readRecorded(createdBy);
  const oneLine = asWritten(step)
    .replace(/\s*\\\n\s*/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  return { verb: step.verb, text: oneLine.slice(step.verb.length).trim() };
}

/**
 * Layers at the bottom that other artifacts of the project have too: the base, as far as this registry can know. None where
 * it does not tell that of the layer at which the base may end.
 */
export function sharedBase(layers: readonly Layer[]): Layer[] {
  const own = layers.findIndex((layer) => layer.shared_with === 0 || layer.shared_with === null);
  if (layers[own]?.shared_with === null) return [];
  return layers.slice(0, own === -1 ? layers.length : own);
}

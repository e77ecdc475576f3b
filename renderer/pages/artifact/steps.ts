import type { ArtifactContent } from '../../api/types.ts';

export interface Step {
  /** Instruction as in a Dockerfile, in capitals; empty when it is none. */
  verb: string;
  text: string;
  /** All of it, as it was recorded. */
  full: string;
  layer: { digest: string; size: number } | undefined;
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

const instruction =
  /^(ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR)\s+/;

/** Undoes what builders add around an instruction: `/bin/sh -c #(nop)` and BuildKit's comment. */
export function readInstruction(createdBy: string): { verb: string; text: string } {
  const bare = createdBy
    .replace(/\s*# buildkit$/, '')
    .replace(/^\/bin\/sh -c #\(nop\)\s+/, '')
    .replace(/^(?:RUN )?(?:\|\d+ (?:\S+=\S* )*)?\/bin\/sh -c /, 'RUN ')
    .replace(/\s+/g, ' ')
    .trim();
  const verb = instruction.exec(bare)?.[1] ?? '';
  return { verb, text: verb === '' ? bare : bare.slice(verb.length).trim() };
}

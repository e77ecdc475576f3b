import type { ArtifactContent } from '../../api/types.ts';

const baseName = 'org.opencontainers.image.base.name';

const instruction =
  /^(ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR)\s+/;

/** An instruction of a Dockerfile. */
export interface Instruction {
  /** In capitals; empty where a builder recorded something else. */
  readonly verb: string;
  readonly text: string;
}

/**
 * Undoes what builders add around an instruction: `/bin/sh -c #(nop)`, the shell before a RUN, its build arguments and
 * BuildKit's comment. Spaces and line ends inside stay as they were recorded.
 */
export function readRecorded(createdBy: string): Instruction {
  const bare = createdBy
    .replace(/\s*# buildkit\s*$/, '')
    .replace(/^(?:\/bin\/(?:ba)?sh -c|cmd \/S \/C|powershell -Command) #\(nop\)\s+/i, '')
    .replace(
      /^(?:RUN )?(?:\|\d+ (?:[^\s"=]+=(?:"[^"]*"|[^\s"])* )*)?(?:\/bin\/(?:ba)?sh -c|cmd \/S \/C) /,
      'RUN ',
    )
    .trim();
  const verb = instruction.exec(bare)?.[1] ?? '';
  return { verb, text: verb === '' ? bare : bare.slice(verb.length).trim() };
}

/** The instruction as one writes it: classic builders record ports as a map and arguments without commas. */
export function asWritten({ verb, text }: Instruction): string {
  if (verb === '') return text;
  if (verb === 'EXPOSE') {
    const ports = /^map\[(.*)\]$/.exec(text)?.[1];
    if (ports !== undefined) return `EXPOSE ${ports.replaceAll(':{}', '')}`;
  }
  if (
    /^(?:CMD|ENTRYPOINT|SHELL|VOLUME)$/.test(verb) &&
    /^\[(?:"(?:[^"\\]|\\.)*" )+"(?:[^"\\]|\\.)*"\]$/.test(text)
  ) {
    return `${verb} ${text.replaceAll(/" (?=")/g, '", ')}`;
  }
  return `${verb} ${verb === 'RUN' ? onLines(text) : text}`;
}

const longRun = 80;

/** A long command on a line for each step, broken before `&&`, where that is not inside quotation marks. */
function onLines(command: string): string {
  const spaced = command.replace(/[\t ]{2,}|\t/g, ' ');
  if (spaced.length <= longRun || spaced.includes('\n')) return spaced;
  let quote = '';
  let lines = '';
  for (let at = 0; at < spaced.length; at++) {
    const char = spaced[at] ?? '';
    if (char === '\\' && quote !== "'") {
      lines += char + (spaced[++at] ?? '');
      continue;
    }
    if (quote === '' && spaced.startsWith(' && ', at)) {
      lines += ' \\\n && ';
      at += 3;
      continue;
    }
    if (char === quote) quote = '';
    else if (quote === '' && (char === '"' || char === "'")) quote = char;
    lines += char;
  }
  return lines;
}

/** Where an image says what it was built on; builders that follow the OCI annotations tell. */
export function baseOf(...contents: (ArtifactContent | undefined)[]): string | undefined {
  for (const content of contents) {
    const name = content?.annotations[baseName];
    if (name !== undefined && name !== '') return name;
  }
  return undefined;
}

/**
 * Build steps as a Dockerfile. It is what the image remembers: files that were copied, and stages that were left behind,
 * are not in it, so it is read rather than built. `lead` are sentences for its first lines.
 */
export function dockerfileOf(
  content: ArtifactContent,
  { base, lead }: { base: string | undefined; lead: readonly string[] },
): string {
  const steps = content.history
    .map(({ created_by: createdBy }) => readRecorded(createdBy))
    .filter(({ text }) => text !== '')
    .map((step) => (step.verb === '' ? `# ${step.text.replaceAll('\n', '\n# ')}` : asWritten(step)));
  const head = [...lead.map((line) => `# ${line}`), ...(base === undefined ? [] : [`# FROM ${base}`])];
  return `${[...head, '', ...steps].join('\n')}\n`;
}

import { parseSync } from 'oxc-parser';

type Node = Readonly<Record<string, unknown>>;

/** Where people read or hear a text: any letter in one of these is a text. */
const spoken =
  /^(aria-(label|description|roledescription|valuetext|placeholder)|title|placeholder|label|alt|description|message|legend|nothingFound|emptyText|searchPlaceholder|hint|help|text|caption|heading|subtitle|tooltip|confirmLabel|cancelLabel)$/;
/** What machines read, whatever it looks like. */
const technical =
  /^(className|classNames|class|style|d|viewBox|points|transform|path|rel|media|accept|allow|sandbox|autoComplete|pattern|to|href|src|from|key|id|queryKey|mimeType|gradientTransform|type|method|headers|format|dateFormat|size|sizes|templateColumns|fontFamily|dataKey)$/;

const word = /\p{L}/u;
const han = /\p{Script=Han}/u;
/** Prose begins with a capital letter followed by small ones, or holds a space between words. */
const prose = /^\p{Lu}\p{Ll}|\p{L} \p{L}/u;
/** A key of the catalogue, such as `what.requestId`; the catalogue's own test sees that it exists. */
const keyLike = /^[a-z][A-Za-z]*(\.[A-Za-z0-9]+)+$/;

/**
 * Texts that people see, written into the code of a page instead of the catalogue: `line: text` of each.
 * It looks at the text between tags, at properties of elements and of objects that are shown or read aloud, at
 * the document's title, and at every Chinese character.
 */
export function hardCodedTexts(path: string, source: string): readonly string[] {
  const { program, errors } = parseSync(path, source);
  if (errors.length > 0) throw new Error(`${path} does not parse: ${errors[0]?.message}`);
  const found = new Map<string, true>();
  const report = (text: string, node: Node): void => {
    const line = source.slice(0, Number(node['start'])).split('\n').length;
    found.set(`${line}: ${text.replaceAll(/\s+/g, ' ').trim()}`, true);
  };
  walk(program, (node) => {
    for (const [text, at] of seenTexts(node)) report(text, at);
  });
  return [...found.keys()];
}

type Found = readonly [text: string, at: Node];

function seenTexts(node: Node): readonly Found[] {
  const own = constantTexts(node).filter(([text]) => han.test(text));
  switch (node['type']) {
    case 'JSXText':
      return word.test(String(node['value'])) ? [[String(node['value']), node]] : [];
    case 'JSXElement':
    case 'JSXFragment':
      return (node['children'] as Node[])
        .filter((child) => child['type'] === 'JSXExpressionContainer')
        .flatMap((child) => shown(child['expression']))
        .filter(([text]) => word.test(text) && !keyLike.test(text));
    case 'JSXAttribute':
      return named(nameOf(node['name']), node['value']);
    case 'Property':
      return named(nameOf(node['key']), node['value'], prose);
    case 'AssignmentExpression':
      return assigned(node);
    default:
      return own;
  }
}

/** The texts of a property: any word where people read it, else what looks like prose. */
function named(name: string, value: unknown, least: RegExp = word): readonly Found[] {
  if (technical.test(name)) return [];
  const pattern = spoken.test(name) ? least : prose;
  // Outside JSX only the spoken names are looked at: an object's other values are data.
  if (least === prose && !spoken.test(name)) return [];
  return shown(value).filter(([text]) => pattern.test(text) && !keyLike.test(text));
}

function assigned(node: Node): readonly Found[] {
  const target = node['left'] as Node;
  if (target['type'] !== 'MemberExpression') return [];
  if (!/^(title|textContent|innerText|innerHTML|ariaLabel)$/.test(nameOf(target['property']))) return [];
  return shown(node['right']).filter(([text]) => word.test(text));
}

/** The constant texts that an expression can come out as; calls decide for themselves. */
function shown(value: unknown): readonly Found[] {
  const node = value as Node | null | undefined;
  if (!node) return [];
  switch (node['type']) {
    case 'JSXExpressionContainer':
    case 'ParenthesizedExpression':
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
      return shown(node['expression']);
    case 'ConditionalExpression':
      return [...shown(node['consequent']), ...shown(node['alternate'])];
    case 'LogicalExpression':
      return [...shown(node['left']), ...shown(node['right'])];
    case 'BinaryExpression':
      return node['operator'] === '+' ? [...shown(node['left']), ...shown(node['right'])] : [];
    case 'AssignmentPattern':
      return shown(node['right']);
    case 'ArrowFunctionExpression':
      return shown(node['body']);
    default:
      return constantTexts(node);
  }
}

function constantTexts(node: Node): readonly Found[] {
  if (node['type'] === 'Literal' && typeof node['value'] === 'string') return [[node['value'], node]];
  if (node['type'] !== 'TemplateLiteral') return [];
  const parts = node['quasis'] as { value: { cooked: string | null } }[];
  return [[parts.map(({ value }) => value.cooked ?? '').join('…'), node]];
}

function nameOf(node: unknown): string {
  const { type, name, value, namespace } = node as Record<string, unknown>;
  if (type === 'JSXNamespacedName') return `${nameOf(namespace)}:${nameOf(name)}`;
  if (typeof name === 'string') return name;
  return typeof value === 'string' ? value : '';
}

function walk(node: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(node)) for (const child of node) walk(child, visit);
  else if (typeof node === 'object' && node !== null) {
    if ('type' in node) visit(node as Node);
    for (const child of Object.values(node)) walk(child, visit);
  }
}

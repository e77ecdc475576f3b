import { json } from '@codemirror/lang-json';
import { HighlightStyle, StreamLanguage, syntaxHighlighting } from '@codemirror/language';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import { drawSelection, EditorView, keymap, lineNumbers } from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { useEffect, useRef } from 'react';

export type CodeLanguage = 'json' | 'yaml';

export interface CodeViewProps {
  text: string;
  language: CodeLanguage;
  /** What it is, for screen readers. */
  label: string;
}

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--b-accent-text)' },
  { tag: tags.string, color: 'var(--b-text)' },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: 'var(--b-ok-text)' },
  { tag: tags.comment, color: 'var(--b-dimmed)' },
]);

const look = EditorView.theme({
  '&': { fontSize: '12px', color: 'var(--b-text)', background: 'transparent', maxHeight: '70vh' },
  '&.cm-focused': { outline: '2px solid var(--b-accent)', outlineOffset: '2px' },
  '.cm-scroller': { fontFamily: 'var(--mantine-font-family-monospace)', lineHeight: '20px' },
  '.cm-gutters': {
    background: 'transparent',
    color: 'var(--b-dimmed)',
    border: 'none',
    paddingRight: '4px',
  },
  '.cm-cursor': { borderLeftColor: 'var(--b-text)' },
  '.cm-selectionBackground, &.cm-focused .cm-selectionBackground': {
    background: 'var(--b-selected) !important',
  },
  '.cm-selectionMatch': { background: 'var(--b-accent-tint)' },
});

/** Keys and comments of YAML, line by line: values.yaml is read here, not edited. */
const yaml = StreamLanguage.define<{ text: boolean }>({
  startState: () => ({ text: false }),
  token(stream) {
    if (stream.sol() && stream.match(/^\s*(?:- +)*[\w."'/-]+(?=\s*:(?:\s|$))/)) return 'propertyName';
    if (stream.match(/^(?:^|\s+)#.*/) || (stream.sol() && stream.match(/^#.*/))) return 'comment';
    stream.next();
    stream.eatWhile(/[^#\s]/);
    stream.eatSpace();
    return null;
  },
});

const languages: Record<CodeLanguage, () => Extension> = { json, yaml: () => yaml };

/** The page's nonce: the viewer writes its rules into a style element, which the policy else refuses. */
function nonceOf(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
}

/**
 * A text to read, to search in (Ctrl F) and to copy from; long ones are drawn only where they are seen. Loaded lazily: import
 * it by React's `lazy`.
 */
export function CodeView({ text, language, label }: CodeViewProps) {
  const holder = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!holder.current) return;
    const view = new EditorView({
      parent: holder.current,
      state: EditorState.create({
        doc: text,
        extensions: [
          EditorView.cspNonce.of(nonceOf()),
          EditorState.readOnly.of(true),
          EditorView.contentAttributes.of({ 'aria-label': label }),
          lineNumbers(),
          drawSelection(),
          highlightSelectionMatches(),
          search({ top: true }),
          keymap.of(searchKeymap),
          languages[language](),
          syntaxHighlighting(colours),
          EditorView.lineWrapping,
          look,
        ],
      }),
    });
    // Firefox and the keyboard alone reach what scrolls only where it can be focused.
    view.scrollDOM.tabIndex = 0;
    return () => view.destroy();
  }, [text, language, label]);
  return <div className="b-code" ref={holder} />;
}

import type { ComponentProps } from 'react';
import ReactMarkdown, { type Components } from 'react-markdown';
import remarkGfm from 'remark-gfm';
import './markdown.css';

/** Only what opens a page or writes a mail; anything else is shown as its text. */
const safeLink = /^(?:https?:\/\/|mailto:)/i;

const components: Components = {
  a({ href, children }: ComponentProps<'a'>) {
    if (href === undefined || !safeLink.test(href)) return <span>{children}</span>;
    return (
      <a href={href} target="_blank" rel="noopener noreferrer nofollow" referrerPolicy="no-referrer">
        {children}
      </a>
    );
  },
  // Nothing is fetched from elsewhere: the address of an image would tell its server who reads this.
  img({ alt }: ComponentProps<'img'>) {
    return alt ? <span className="b-state-chip">{alt}</span> : null;
  },
  // The page has its h1; those of the text begin below it.
  h1: ({ children }) => <h2>{children}</h2>,
  h2: ({ children }) => <h3>{children}</h3>,
  h3: ({ children }) => <h4>{children}</h4>,
  h4: ({ children }) => <h5>{children}</h5>,
  h5: ({ children }) => <h6>{children}</h6>,
  pre: ({ children }) => <pre tabIndex={0}>{children}</pre>,
  table: ({ children }) => (
    <div className="b-markdown-table">
      <table>{children}</table>
    </div>
  ),
};

/**
 * Markdown that somebody pushed or typed: no HTML of its own, no images, no links but to pages. Loaded lazily: import it by
 * React's `lazy`.
 */
export function Markdown({ text }: { text: string }) {
  return (
    <div className="b-markdown">
      <ReactMarkdown remarkPlugins={[remarkGfm]} components={components} urlTransform={(url) => url}>
        {text}
      </ReactMarkdown>
    </div>
  );
}

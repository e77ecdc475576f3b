import { type ReactNode, useId } from 'react';

export interface PanelProps {
  title: string;
  /** Beside the title. */
  beside?: ReactNode;
  right?: ReactNode;
  children: ReactNode;
}

/** A part of the overview under a title of its own. */
export function Panel({ title, beside, right, children }: PanelProps) {
  const id = useId();
  return (
    <section className="b-overview-panel" aria-labelledby={id}>
      <div className="b-overview-panel-head">
        <h2 id={id}>{title}</h2>
        {beside}
        {right !== undefined && <div className="b-overview-panel-right">{right}</div>}
      </div>
      {children}
    </section>
  );
}

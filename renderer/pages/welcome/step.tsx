import { IconCheck } from '@tabler/icons-react';
import type { ReactNode } from 'react';

export interface StepProps {
  number: number;
  state: 'done' | 'active' | 'later';
  title: string;
  /** Said beside the title once it is done. */
  detail?: ReactNode;
  last?: boolean;
  children?: ReactNode;
}

export function Step({ number, state, title, detail, last, children }: StepProps) {
  return (
    <li
      className="b-step"
      data-state={state}
      data-last={last || undefined}
      aria-current={state === 'active' ? 'step' : undefined}
    >
      <div className="b-step-mark">
        {state === 'done' ? <IconCheck size={16} stroke={2} aria-hidden /> : number}
      </div>
      <div className="b-step-body">
        <h2>
          {title}
          {detail !== undefined && detail !== '' && <span className="b-step-detail">{detail}</span>}
        </h2>
        {children && <div className="b-step-content">{children}</div>}
      </div>
    </li>
  );
}

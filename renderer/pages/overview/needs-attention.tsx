import { Badge } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Concern } from '../../api/types.ts';
import { useConcern } from './concerns.tsx';
import { Panel } from './panel.tsx';

/** What an administrator should look at, each with the one thing to do about it. */
export function NeedsAttention({ concerns }: { concerns: readonly Concern[] }) {
  const { t } = useTranslation();
  const count = concerns.length > 0 && (
    <Badge variant="light" className="b-overview-panel-count">
      {concerns.length}
    </Badge>
  );
  return (
    <Panel title={t('overview.attention')} beside={count}>
      {concerns.length === 0 ? (
        <p className="b-overview-all-well">
          <IconCircleCheck size={18} stroke={1.75} aria-hidden />
          {t('overview.allWell')}
        </p>
      ) : (
        <ul className="b-overview-concerns">
          {concerns.map((concern) => (
            <ConcernRow key={`${concern.kind} ${concern.part ?? ''}`} concern={concern} />
          ))}
        </ul>
      )}
    </Panel>
  );
}

function ConcernRow({ concern }: { concern: Concern }): ReactNode {
  const { t } = useTranslation();
  const { isSerious, title, help, action } = useConcern(concern);
  const Icon = isSerious ? IconCircleX : IconAlertTriangle;
  return (
    <li data-serious={isSerious || undefined}>
      <Icon
        size={18}
        stroke={1.75}
        role="img"
        aria-label={t(isSerious ? 'overview.serious' : 'overview.warning')}
      />
      <div>
        <strong>{title}</strong>
        <p>{help}</p>
      </div>
      {action}
    </li>
  );
}

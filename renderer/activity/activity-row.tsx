import { Button, Progress } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconCircleX, IconPlayerStop } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/errors.ts';
import { CopyButton } from '../ui/copy-button.tsx';
import { useCause } from '../ui/states.tsx';
import { useAgo } from '../ui/time.tsx';
import { progressWords } from './progress-words.ts';
import { activities, type Activity, isOver } from './store.ts';

interface RowProps {
  activity: Activity;
  /** Called when the row's link leads away. */
  onGo: () => void;
}

export function ActivityRow({ activity, onGo }: RowProps) {
  const { t } = useTranslation();
  return (
    <li className="b-activity" data-state={activity.state}>
      <div className="b-activity-title">
        <StateIcon activity={activity} />
        <strong>{activity.spec.title(t)}</strong>
      </div>
      {isOver(activity) ? (
        <Ended activity={activity} onGo={onGo} />
      ) : activity.state === 'waiting' ? (
        <Waiting activity={activity} />
      ) : (
        <Running activity={activity} />
      )}
    </li>
  );
}

function Running({ activity }: { activity: Activity }) {
  const { t, i18n } = useTranslation();
  const { done, total, detail, spec } = activity;
  const part = total === null || total === 0 ? 0 : Math.min(100, (done / total) * 100);
  return (
    <>
      <Progress
        value={total === null ? 100 : part}
        animated={total === null}
        size={6}
        aria-label={spec.title(t)}
      />
      <div className="b-activity-line">
        <span>
          {detail && <span className="b-activity-detail">{detail(t)}</span>}
          {activity.stopping ? t('activity.stopping') : progressWords(activity, t, i18n.language)}
        </span>
        <StopButton activity={activity} />
      </div>
    </>
  );
}

function Waiting({ activity }: { activity: Activity }) {
  const { t } = useTranslation();
  return (
    <div className="b-activity-line">
      <span>{t('activity.waiting')}</span>
      <StopButton activity={activity} />
    </div>
  );
}

function StopButton({ activity }: { activity: Activity }) {
  const { t } = useTranslation();
  if (activity.stopping || (activity.spec.stoppable === false && activity.state === 'running')) return null;
  return (
    <Button
      leftSection={<IconPlayerStop size={16} stroke={1.75} />}
      aria-label={t('activity.stopNamed', { name: activity.spec.title(t) })}
      onClick={() => activities.stop(activity.id)}
    >
      {t('activity.stop')}
    </Button>
  );
}

function Ended({ activity, onGo }: RowProps) {
  const { t } = useTranslation();
  const cause = useCause();
  const ago = useAgo(new Date(activity.endedAt ?? 0).toISOString());
  const { state, result, error, spec } = activity;
  const requestId = error instanceof ApiError ? error.requestId : null;
  const words =
    state === 'failed'
      ? t('activity.failedCause', { cause: cause(error) })
      : state === 'stopped'
        ? t('activity.stopped')
        : (result?.summary?.(t) ?? t('activity.done'));
  return (
    <>
      <div className="b-activity-words">
        {words} <span className="b-dim">{ago}</span>
      </div>
      {requestId !== null && (
        <div className="b-request-id">
          {t('state.requestId')} <code>{requestId}</code>
          <CopyButton value={requestId} what="what.requestId" />
        </div>
      )}
      <div className="b-activity-line">
        {result?.link && (
          <Link {...result.link.to} onClick={onGo}>
            {result.link.label(t)}
          </Link>
        )}
        {state === 'failed' && spec.repeatable === true && (
          <Button onClick={() => activities.repeat(activity.id)}>{t('action.retry')}</Button>
        )}
      </div>
    </>
  );
}

function StateIcon({ activity }: { activity: Activity }) {
  const look = { size: 16, stroke: 1.75, 'aria-hidden': true } as const;
  if (activity.state === 'failed') return <IconCircleX {...look} className="b-crit" />;
  if (activity.result?.incomplete === true) return <IconAlertTriangle {...look} className="b-med" />;
  if (activity.state === 'done') return <IconCheck {...look} className="b-ok" />;
  return null;
}

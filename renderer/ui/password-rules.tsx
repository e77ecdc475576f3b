import { IconCheck, IconPoint } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';

/** The server's rules, each with a test of its own. */
const rules = [
  { name: 'length', holds: (text: string) => text.length >= 8 && text.length <= 128 },
  { name: 'upper', holds: (text: string) => /[A-Z]/.test(text) },
  { name: 'lower', holds: (text: string) => /[a-z]/.test(text) },
  { name: 'digit', holds: (text: string) => /\d/.test(text) },
] as const;

/** What a password needs, ticked off while it is typed. */
export function PasswordRules({ password }: { password: string }) {
  const { t } = useTranslation();
  return (
    <ul className="b-password-rules" aria-label={t('profile.rules')}>
      {rules.map(({ name, holds }) => (
        <li key={name} data-holds={holds(password) || undefined}>
          {holds(password) ? (
            <IconCheck size={14} stroke={2} role="img" aria-label={t('profile.ruleHolds')} />
          ) : (
            <IconPoint size={14} stroke={2} aria-hidden />
          )}
          {t(`profile.rule.${name}`)}
        </li>
      ))}
    </ul>
  );
}

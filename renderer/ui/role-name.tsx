import { useTranslation } from 'react-i18next';
type RoleKey = 'role.1' | 'role.2' | 'role.3' | 'role.4' | 'role.5' | 'role.none';

const roleKeys: Record<number, RoleKey> = {
  1: 'role.1',
  2: 'role.2',
  3: 'role.3',
  4: 'role.4',
  5: 'role.5',
};

/** The text key of one of Harbor's role ids. */
export function roleKey(id: number | undefined): RoleKey {
  return roleKeys[id ?? 0] ?? 'role.none';
}

/** One's role in a project; a system admin without one may do everything all the same. */
export function RoleName({ id, sysadmin = false }: { id: number | undefined; sysadmin?: boolean }) {
  const { t } = useTranslation();
  if (!id && sysadmin) return <span>{t('app.systemAdmin')}</span>;
  return <span className={id ? undefined : 'b-dim'}>{t(roleKey(id))}</span>;
}

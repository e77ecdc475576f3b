import { Drawer } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { roleIds } from '../../api/members.ts';
import { roleKey } from '../../ui/role-name.tsx';
import './roles.css';
import { roleRights } from './role-rights.ts';

/** Who may what: a column for each role, the strongest first. */
export function RolesDrawer({ isPublic, onClose }: { isPublic: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={640}
      title={t('roles.title')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      <table className="b-roles">
        <thead>
          <tr>
            <th scope="col">{t('roles.may')}</th>
            {roleIds.map((id) => (
              <th key={id} scope="col">
                {t(roleKey(id))}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {roleRights.map(({ text, roles }) => (
            <tr key={text}>
              <th scope="row">{t(text)}</th>
              {roleIds.map((id) => (
                <td key={id}>
                  <Allowed may={(roles as readonly number[]).includes(id)} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="b-dim">{t('roles.sysadmin')}</p>
      {isPublic && <p className="b-dim">{t('roles.public')}</p>}
    </Drawer>
  );
}

function Allowed({ may }: { may: boolean }) {
  const { t } = useTranslation();
  if (!may) return <span className="b-dim">{t('roles.no')}</span>;
  return (
    <span className="b-roles-yes">
      <IconCheck size={16} stroke={2} aria-hidden />
      {t('roles.yes')}
    </span>
  );
}

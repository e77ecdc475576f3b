import { CloseButton } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useBoot } from '../api/session.ts';
import { useNow } from '../ui/time.tsx';
import { isShown, readBanner } from './banner-text.ts';
import './banner.css';

/** Where the browser keeps which banner was closed, until it is another one. */
const closedKey = 'berth-banner-closed';

function dayOf(time: number): string {
  const date = new Date(time);
  const parts = [date.getFullYear(), date.getMonth() + 1, date.getDate()];
  return parts.map((part) => String(part).padStart(2, '0')).join('-');
}

/** What administrators announce, below the top bar of every page; plain text, whatever it holds. */
export function Banner() {
  const { t } = useTranslation();
  const text = useBoot().banner_message;
  const today = dayOf(useNow());
  const [closed, setClosed] = useState(() => localStorage.getItem(closedKey));
  const banner = readBanner(text);
  if (!isShown(banner, today) || (banner.closable && closed === text)) return null;
  const close = (): void => {
    localStorage.setItem(closedKey, text);
    setClosed(text);
  };
  return (
    <section className="b-banner" data-type={banner.type} aria-label={t('app.banner')}>
      <span className="b-banner-type">{t(`app.bannerType.${banner.type}`)}</span>
      <p>{banner.message}</p>
      {banner.closable && <CloseButton size={24} aria-label={t('app.bannerClose')} onClick={close} />}
    </section>
  );
}

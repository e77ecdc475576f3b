import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useBoot } from '../../api/session.ts';
import { FilterField, FilterRow } from '../../ui/filter-row.tsx';
import { Fact, Facts, Section } from '../../ui/section.tsx';
import { EmptyState } from '../../ui/states.tsx';
import './about.css';
import { SettingsFrame } from './frame.tsx';
import { Loaded } from '../../ui/loaded.tsx';

const route = getRouteApi('/i/$instance/settings/$section');

/** SPDX name of the licence of Berth itself. */
const ownLicence = 'Apache-2.0';

/** What this is, and what it is made of. */
export function AboutSection() {
  const { t } = useTranslation();
  const { version } = useBoot();
  // Some hundred kilobytes of texts, which nobody needs elsewhere.
  const query = useQuery({
    queryKey: ['licences'],
    queryFn: async () => (await import('virtual:licences')).licences,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <SettingsFrame section="about">
      <Section title={t('app.name')} help={t('settings.aboutHelp')}>
        <Facts>
          <Fact name={t('settings.version')}>{version}</Fact>
          <Fact name={t('settings.licence')}>{ownLicence}</Fact>
        </Facts>
      </Section>
      <Section title={t('settings.libraries')} help={t('settings.librariesHelp')}>
        <Loaded query={query} what={t('settings.libraries')}>
          {({ packages, texts }) => <Libraries packages={packages} texts={texts} />}
        </Loaded>
      </Section>
    </SettingsFrame>
  );
}

interface Library {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly text: number | null;
}

function Libraries({ packages, texts }: { packages: readonly Library[]; texts: readonly string[] }) {
  const { t } = useTranslation();
  const { q = '' } = route.useSearch();
  const navigate = route.useNavigate();
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  const found = packages.filter(({ name, licence }) =>
    words.every((word) => `${name} ${licence}`.toLowerCase().includes(word)),
  );
  const setWords = (text: string): void =>
    void navigate({ search: { q: text || undefined }, replace: true, resetScroll: false });
  return (
    <>
      <FilterRow
        right={
          <span aria-live="polite">
            {t('settings.librariesFound', { count: packages.length, found: found.length })}
          </span>
        }
      >
        <FilterField label={t('settings.filterLibraries')} value={q} onChange={setWords} />
      </FilterRow>
      {found.length === 0 && <EmptyState text={t('settings.noLibrary')} />}
      <ul className="b-libraries">
        {found.map((library) => (
          <LibraryRow
            key={`${library.name} ${library.version}`}
            library={library}
            text={library.text === null ? null : (texts[library.text] ?? null)}
          />
        ))}
      </ul>
    </>
  );
}

/** Its text is put on the page once somebody opens it: all of them would be a book. */
function LibraryRow({ library, text }: { library: Library; text: string | null }) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  return (
    <li>
      <details onToggle={(event) => setOpened(event.currentTarget.open)}>
        <summary>
          <span className="b-name">{library.name}</span>
          <span className="b-dim b-num">{library.version}</span>
          <span className="b-text-2">{library.licence}</span>
        </summary>
        {opened && (
          <pre tabIndex={0} aria-label={t('settings.licenceOf', { name: library.name })}>
            {text ?? t('settings.noLicenceText', { licence: library.licence })}
          </pre>
        )}
      </details>
    </li>
  );
}

import { Checkbox, TextInput, VisuallyHidden } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { checkPlace, type Place } from './plan.ts';

export interface PlacesFormProps {
  project: string;
  places: readonly Place[];
  /** Children that an image's index names and the archive does not have, by the image's place. */
  missing?: ReadonlyMap<number, number>;
  /** Says what is wrong also of fields that nobody has left so far. */
  strict: boolean;
  onChange: (places: Place[]) => void;
}

/** Where each image goes: whether it is taken, its repository and its tags. */
export function PlacesForm({ project, places, missing, strict, onChange }: PlacesFormProps) {
  const set = (id: string, change: Partial<Place>): void =>
    onChange(places.map((place) => (place.id === id ? { ...place, ...change } : place)));
  return (
    <ul className="b-places">
      {places.map((place) => (
        <li key={place.id}>
          <PlaceFields
            project={project}
            place={place}
            missing={missing?.get(place.position) ?? 0}
            strict={strict}
            onChange={(change) => set(place.id, change)}
          />
        </li>
      ))}
    </ul>
  );
}

interface PlaceFieldsProps {
  project: string;
  place: Place;
  missing: number;
  strict: boolean;
  onChange: (change: Partial<Place>) => void;
}

function PlaceFields({ project, place, missing, strict, onChange }: PlaceFieldsProps) {
  const { t } = useTranslation();
  const errors = checkPlace(project, place);
  const name = place.given.join(t('list.separator')) || t('archives.image', { number: place.position + 1 });
  const isWrong = strict || place.repository !== '';
  return (
    <fieldset className="b-place">
      <VisuallyHidden component="legend">{name}</VisuallyHidden>
      <Checkbox
        checked={place.isTaken}
        onChange={(event) => onChange({ isTaken: event.currentTarget.checked })}
        aria-label={t('archives.imageNamed', { name })}
        label={
          <span className="b-place-name">
            <span>{name}</span>
            {place.given.length === 0 && <span className="b-dim">{t('archives.unnamed')}</span>}
          </span>
        }
      />
      {missing > 0 && <p className="b-place-note">{t('archives.missing', { count: missing })}</p>}
      <div className="b-place-fields">
        <TextInput
          label={t('archives.repository')}
          leftSection={<span className="b-place-project">{`${project}/`}</span>}
          leftSectionWidth={`calc(${project.length + 1}ch + 14px)`}
          classNames={{ input: 'b-mono', section: 'b-mono' }}
          value={place.repository}
          disabled={!place.isTaken}
          onChange={(event) => onChange({ repository: event.currentTarget.value })}
          error={isWrong && errors.repository ? t('archives.badRepository') : null}
          autoComplete="off"
          spellCheck={false}
        />
        <TextInput
          label={t('archives.tags')}
          classNames={{ input: 'b-mono' }}
          value={place.tags}
          disabled={!place.isTaken}
          onChange={(event) => onChange({ tags: event.currentTarget.value })}
          error={errors.tag === undefined ? null : t('archives.badTag', { tag: errors.tag })}
          autoComplete="off"
          spellCheck={false}
        />
      </div>
    </fieldset>
  );
}

import { Checkbox, Select, Textarea, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { bannerTypes } from '../../frame/banner-text.ts';
import { explainedBelow, Section } from '../../ui/section.tsx';
import type { GeneralForm } from './general-form.ts';

/** An announcement on every page, with its look and its time. */
export function BannerFields({ form }: { form: GeneralForm }) {
  const { t } = useTranslation();
  return (
    <Section title={t('settings.banner')} help={t('settings.bannerHelp')}>
      <div className="b-rows">
        <Checkbox label={t('settings.bannerOn')} {...form.getInputProps('announce', { type: 'checkbox' })} />
        {form.values.announce && (
          <>
            <Textarea
              label={t('settings.bannerMessage')}
              autosize
              minRows={2}
              maxRows={6}
              maxLength={4000}
              {...explainedBelow}
              {...form.getInputProps('banner.message')}
            />
            <Select
              label={t('settings.bannerType')}
              data={bannerTypes.map((type) => ({ value: type, label: t(`app.bannerType.${type}`) }))}
              {...explainedBelow}
              {...form.getInputProps('banner.type')}
            />
            <TextInput
              type="date"
              label={t('settings.bannerFrom')}
              description={t('settings.bannerFromHelp')}
              {...explainedBelow}
              {...form.getInputProps('banner.from')}
            />
            <TextInput
              type="date"
              label={t('settings.bannerTo')}
              description={t('settings.bannerToHelp')}
              {...explainedBelow}
              {...form.getInputProps('banner.to')}
            />
            <Checkbox
              label={t('settings.bannerClosable')}
              {...form.getInputProps('banner.closable', { type: 'checkbox' })}
            />
          </>
        )}
      </div>
    </Section>
  );
}

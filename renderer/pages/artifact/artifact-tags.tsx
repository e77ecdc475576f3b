import { ActionIcon, Button, CloseButton, Popover, TextInput, Tooltip } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ArtifactPlace } from '../../api/artifacts.ts';
import type { useRights } from '../../api/projects.ts';
import type { Artifact, Tag } from '../../api/types.ts';
import { TagChips } from '../../ui/tag-chips.tsx';
import { lazyPart } from '../../frame/page-code.tsx';

const AddTagDialog = lazyPart(async () => (await import('./add-tag-dialog.tsx')).AddTagDialog);
const DeleteTagsDialog = lazyPart(
  async () => (await import('../repository/delete-dialogs.tsx')).DeleteTagsDialog,
);

export interface ArtifactTagsProps {
  artifact: Artifact;
  place: ArtifactPlace;
  may: ReturnType<typeof useRights>;
}

/** Chips beside the title; the rest is behind "+ 12". */
const mostShown = 5;
/** Names listed there; the filter finds the others. */
const mostListed = 100;

/** Tags beside the title, and the ways to add and to remove one. */
export function ArtifactTags({ artifact, place, may }: ArtifactTagsProps) {
  const { t } = useTranslation();
  const [adding, { open, close }] = useDisclosure(false);
  const [removing, setRemoving] = useState<Tag | null>(null);
  const tags = artifact.tags ?? [];
  const remove = may('tag', 'delete') ? setRemoving : undefined;
  return (
    <span className="b-title-tags">
      {remove ? (
        tags.slice(0, mostShown).map((tag) => <RemovableTag key={tag.name} tag={tag} onRemove={remove} />)
      ) : (
        <TagChips tags={tags.slice(0, mostShown)} most={mostShown} />
      )}
      {remove && tags.length === 0 && <span className="b-dim">{t('artifact.untagged')}</span>}
      {tags.length > mostShown && <MoreTags tags={tags} onRemove={remove} />}
      {may('tag', 'create') && (
        <Tooltip label={t('artifact.addTag')}>
          <ActionIcon aria-label={t('artifact.addTag')} onClick={open}>
            <IconPlus size={16} stroke={1.75} />
          </ActionIcon>
        </Tooltip>
      )}
      {adding && <AddTagDialog place={place} onClose={close} />}
      {removing && (
        <DeleteTagsDialog
          project={place.project}
          repo={place.repo}
          rows={[
            {
              ...removing,
              digest: artifact.digest,
              size: artifact.size,
              type: artifact.type,
              manifest_media_type: artifact.manifest_media_type,
              artifact_tags: tags.length,
            },
          ]}
          onClose={() => setRemoving(null)}
          onDeleted={() => setRemoving(null)}
        />
      )}
    </span>
  );
}

interface RemovableTagProps {
  tag: Tag;
  onRemove: (tag: Tag) => void;
}

function RemovableTag({ tag, onRemove }: RemovableTagProps) {
  const { t } = useTranslation();
  return (
    <span className="b-chip b-mono b-chip-removable">
      <span className="b-cut" title={tag.name}>
        {tag.name}
      </span>
      <CloseButton
        size={24}
        iconSize={14}
        aria-label={t('artifact.removeTag', { name: tag.name })}
        onClick={() => onRemove(tag)}
      />
    </span>
  );
}

/** All tags of an artifact that has many, to look through. */
function MoreTags({ tags, onRemove }: { tags: readonly Tag[]; onRemove: ((tag: Tag) => void) | undefined }) {
  const { t } = useTranslation();
  const [opened, { toggle, close }] = useDisclosure(false);
  const [words, setWords] = useState('');
  const found = tags.filter((tag) => tag.name.includes(words.trim()));
  return (
    <Popover opened={opened} onChange={(open) => !open && close()} width={320} trapFocus returnFocus>
      <Popover.Target>
        <Button
          size="compact-xs"
          variant="subtle"
          onClick={toggle}
          aria-label={t('artifact.moreTags', { count: tags.length - mostShown })}
        >
          +{tags.length - mostShown}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('artifact.tags')}>
        <TextInput
          data-autofocus
          aria-label={t('field.filterTags')}
          placeholder={t('field.filterTags')}
          value={words}
          onChange={(event) => setWords(event.currentTarget.value)}
        />
        <ul className="b-all-tags">
          {found.slice(0, mostListed).map((tag) => (
            <li key={tag.name}>
              <code className="b-cut" title={tag.name}>
                {tag.name}
              </code>
              {onRemove && (
                <CloseButton
                  size={24}
                  aria-label={t('artifact.removeTag', { name: tag.name })}
                  onClick={() => {
                    close();
                    onRemove(tag);
                  }}
                />
              )}
            </li>
          ))}
        </ul>
        {found.length === 0 && <p className="b-dim">{t('state.noTagMatches')}</p>}
        {found.length > mostListed && (
          <p className="b-dim">{t('artifact.moreTags', { count: found.length - mostListed })}</p>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}

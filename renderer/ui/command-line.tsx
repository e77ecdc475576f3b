import { CopyButton } from './copy-button.tsx';

/** One command to copy, with what it does above it. */
export function CommandLine({ command, label }: { command: string; label?: string | undefined }) {
  return (
    <div className="b-command">
      {label !== undefined && <div className="b-command-label">{label}</div>}
      <div className="b-command-line">
        <code>{command}</code>
        <CopyButton value={command} what="what.command" />
      </div>
    </div>
  );
}

/** The colour as CSS may have it: what is neither a hexadecimal number nor a word is no colour. */
function safeColor(color: string): string | undefined {
  return /^(?:#[0-9a-f]{3}|#[0-9a-f]{6}|[a-z]{1,16})$/i.test(color) ? color : undefined;
}

export interface LabelChipProps {
  label: { name: string; color: string; description?: string };
}

/** A label: a square of its colour and its name, whose tooltip is what it is for. */
export function LabelChip({ label }: LabelChipProps) {
  const { name, color, description } = label;
  return (
    <span className="b-label" title={description ? `${name}\n${description}` : name}>
      <span className="b-label-square" style={{ background: safeColor(color) }} aria-hidden />
      <span className="b-cut">{name}</span>
    </span>
  );
}

/** A key as it is drawn on the keyboard. */
export function Keycap({ children }: { children: string }) {
  return <kbd className="b-kbd">{children}</kbd>;
}

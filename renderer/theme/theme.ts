import {
  ActionIcon,
  Button,
  Checkbox,
  createTheme,
  type CSSVariablesResolver,
  defaultVariantColorsResolver,
  Input,
  Menu,
  Modal,
  NativeSelect,
  Popover,
  SegmentedControl,
  Select,
  Tooltip,
  type VariantColorsResolver,
} from '@mantine/core';
import { darkTokens, lightTokens, palettes, type Token } from './tokens.ts';

const sansFonts =
  '"Inter Variable", Inter, "Segoe UI", -apple-system, "PingFang SC", "Microsoft YaHei UI", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", sans-serif';
const monoFonts =
  '"JetBrains Mono Variable", ui-monospace, "SF Mono", "Cascadia Mono", Consolas, "Noto Sans Mono CJK SC", "PingFang SC", "Microsoft YaHei", monospace';

const tintOf: Record<string, { tint: Token; text: Token }> = {
  tide: { tint: 'accent-tint', text: 'accent-text' },
  red: { tint: 'crit-tint', text: 'crit-text' },
  orange: { tint: 'high-tint', text: 'high-text' },
  yellow: { tint: 'med-tint', text: 'med-text' },
  green: { tint: 'ok-tint', text: 'ok-text' },
  gray: { tint: 'neutral-tint', text: 'neutral-text' },
};

const v = (token: Token): string => `var(--b-${token})`;

/** Colours of Mantine's variants, taken from our tokens where they have one. */
export const resolveVariantColor: VariantColorsResolver = (input) => {
  const color = input.color ?? 'tide';
  const tint = tintOf[color];
  if (input.variant === 'light' && tint) {
    const hover = `color-mix(in srgb, ${v(tint.text)} 10%, ${v(tint.tint)})`;
    return { background: v(tint.tint), hover, color: v(tint.text), border: '1px solid transparent' };
  }
  if (input.variant === 'subtle' && (color === 'gray' || color === 'tide')) {
    const text = color === 'gray' ? v('text-2') : v('link');
    return { background: 'transparent', hover: v('hover'), color: text, border: '1px solid transparent' };
  }
  if (input.variant === 'filled' && (color === 'tide' || color === 'red')) {
    const fill: Token = color === 'tide' ? 'accent-fill' : 'danger-fill';
    const hover: Token = color === 'tide' ? 'accent-fill-hover' : 'danger-fill-hover';
    return { background: v(fill), hover: v(hover), color: '#ffffff', border: '1px solid transparent' };
  }
  return defaultVariantColorsResolver(input);
};

/** Sets `--b-*` for both schemes and points Mantine's own colours at them. */
export const resolveCssVariables: CSSVariablesResolver = () => {
  const mantine = {
    '--mantine-color-body': v('bg'),
    '--mantine-color-text': v('text'),
    '--mantine-color-dimmed': v('dimmed'),
    '--mantine-color-anchor': v('link'),
    '--mantine-color-placeholder': v('dimmed'),
    '--mantine-color-default': v('raised'),
    '--mantine-color-default-hover': v('hover'),
    '--mantine-color-default-border': v('border'),
    '--mantine-color-default-color': v('text'),
    '--mantine-color-error': v('crit-text'),
    '--mantine-color-bright': v('text'),
    '--mantine-color-disabled-color': v('dimmed'),
  };
  const named = (tokens: Record<string, string>): Record<string, string> =>
    Object.fromEntries(Object.entries(tokens).map(([name, value]) => [`--b-${name}`, value]));
  return {
    variables: {},
    light: { ...named(lightTokens), ...mantine },
    dark: { ...named(darkTokens), ...mantine },
  };
};

const fade = { transition: 'fade', duration: 80 } as const;

export const theme = createTheme({
  colors: {
    tide: [...palettes.tide],
    gray: [...palettes.gray],
    dark: [...palettes.dark],
  },
  primaryColor: 'tide',
  primaryShade: { light: 7, dark: 6 },
  fontFamily: sansFonts,
  fontFamilyMonospace: monoFonts,
  headings: { fontFamily: sansFonts, fontWeight: '600' },
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  lineHeights: { xs: '16px', sm: '20px', md: '20px', lg: '24px', xl: '28px' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  radius: { xs: '4px', sm: '6px', md: '8px', lg: '12px', xl: '16px' },
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
  variantColorResolver: resolveVariantColor,
  components: {
    Button: Button.extend({
      defaultProps: { size: 'xs', variant: 'default' },
      vars: () => ({ root: { '--button-height': '30px', '--button-padding-x': '14px' } }),
    }),
    ActionIcon: ActionIcon.extend({ defaultProps: { variant: 'subtle', color: 'gray', size: 28 } }),
    Input: Input.extend({
      vars: () => ({ wrapper: { '--input-height': '30px', '--input-fz': '13px' } }),
    }),
    InputWrapper: Input.Wrapper.extend({ defaultProps: { size: 'xs' } }),
    Select: Select.extend({
      defaultProps: {
        size: 'xs',
        comboboxProps: { transitionProps: fade },
        allowDeselect: false,
        checkIconPosition: 'right',
      },
    }),
    NativeSelect: NativeSelect.extend({ defaultProps: { size: 'xs' } }),
    TextInput: { defaultProps: { size: 'xs' } },
    PasswordInput: { defaultProps: { size: 'xs' } },
    Checkbox: Checkbox.extend({ defaultProps: { size: 'xs', radius: 'xs' } }),
    SegmentedControl: SegmentedControl.extend({ defaultProps: { size: 'xs', withItemsBorders: false } }),
    Menu: Menu.extend({
      // Its placeholder is an element that a menu may not contain (axe: aria-required-children).
      defaultProps: { transitionProps: fade, radius: 'md', offset: 4, withInitialFocusPlaceholder: false },
    }),
    Popover: Popover.extend({ defaultProps: { transitionProps: fade, radius: 'md', offset: 4 } }),
    Tooltip: Tooltip.extend({
      defaultProps: { transitionProps: fade, openDelay: 300, multiline: true, withinPortal: true },
    }),
    Modal: Modal.extend({
      defaultProps: {
        radius: 'md',
        size: 560,
        centered: false,
        yOffset: 104,
        transitionProps: { transition: 'fade', duration: 120, timingFunction: 'ease-out' },
        overlayProps: { backgroundOpacity: 0.4 },
      },
    }),
  },
});

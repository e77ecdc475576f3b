/// <reference types="vite/client" />

/** Made by the build (build/licences.ts). */
declare module 'virtual:licences' {
  export const licences: {
    readonly packages: readonly {
      readonly name: string;
      readonly version: string;
      readonly licence: string;
      readonly text: number | null;
    }[];
    readonly texts: readonly string[];
  };
}

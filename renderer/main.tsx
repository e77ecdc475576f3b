import '@fontsource-variable/inter/wght.css';
import '@fontsource-variable/jetbrains-mono/wght.css';
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './theme/base.css';
import './theme/mantine.css';
import './ui/ui.css';
import './frame/frame.css';
import './activity/activity.css';
import './palette/palette.css';
import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { watchInput } from './api/automatic.ts';
import { ApiError } from './api/errors.ts';
import { bootQuery } from './api/session.ts';
import { recallFromShell, rememberedSchemes } from './instance/desktop.ts';
import { loadAllCode } from './frame/page-code.tsx';
import { languageKey, startTexts } from './text/i18n.ts';
import { createConsoleRouter } from './router.tsx';
import { resolveCssVariables, theme } from './theme/theme.ts';

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
// The scroll lock of dialogs injects a style of its own and looks for its nonce here.
Object.assign(globalThis, { __webpack_nonce__: nonce });

watchInput();
if (window.berth) document.documentElement.dataset['shell'] = 'desktop';

// The session ended elsewhere (signed out in another window, or too old): every 401 says so, and signing in leads back.
const onError = (error: unknown): void => {
  const boot = queryClient.getQueryData(bootQuery.queryKey);
  if (!(error instanceof ApiError) || error.status !== 401 || !boot?.user) return;
  queryClient.setQueryData(bootQuery.queryKey, { ...boot, user: null, signed_in_by: null });
  const to = location.pathname + location.search;
  void router.invalidate().then(() => router.navigate({ to: '/login', search: { to } }));
};
const queryClient: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError }),
  mutationCache: new MutationCache({ onError }),
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // An answer is an answer; only silence is worth asking again.
      retry: (failures, error) =>
        failures < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 502),
    },
  },
});
const router: ReturnType<typeof createConsoleRouter> = createConsoleRouter(queryClient);
const themeKey = 'berth-theme';
const schemes = rememberedSchemes(localStorageColorSchemeManager({ key: themeKey }));

await recallFromShell({ theme: themeKey, language: languageKey });
await startTexts();
const root = document.getElementById('root');
if (!root) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      colorSchemeManager={schemes}
      cssVariablesResolver={resolveCssVariables}
      getStyleNonce={() => nonce}
    >
      <Notifications position="bottom-right" limit={3} autoClose={6000} />
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);

// After the first page has what it needs.
setTimeout(() => void loadAllCode(), 3_000);

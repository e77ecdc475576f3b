import type { Server } from 'node:http';
import type { BaseLogger } from 'pino';
import { replaceCertificate } from '../http/listener.ts';
import { watchTlsFiles, type TlsFiles, type TlsPair } from '../http/tls-files.ts';
import { systemClock } from '../lib/clock.ts';

/** Serves renewed files from the moment they are there; what cannot be used is logged, and the old pair stays. `onPair` hears of each. */
export function followTls(
  server: Server,
  tls: { readonly files: TlsFiles; readonly pair: TlsPair },
  { logger, onPair }: { readonly logger: BaseLogger; readonly onPair: (pair: TlsPair) => void },
): Promise<{ stop(): void }> {
  const warnIfOver = ({ validUntilMs }: TlsPair): void => {
    if (validUntilMs < systemClock.now())
      logger.warn(`the TLS certificate in ${tls.files.certFile} is no longer valid: clients refuse it`);
  };
  warnIfOver(tls.pair);
  return watchTlsFiles(tls.files, {
    clock: systemClock,
    current: tls.pair,
    onPair(pair) {
      replaceCertificate(server, pair);
      onPair(pair);
      logger.info('the TLS certificate was replaced');
      warnIfOver(pair);
    },
    onRefused: (sentence) =>
      logger.error(`the new TLS certificate is not used, the old one stays: ${sentence}`),
  });
}

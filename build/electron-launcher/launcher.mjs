// What `electron [flags] [-r module]... [folder or file]` does in an ordinary Electron: this app of the test runtime
// starts the app that it is given. Playwright's loader comes by -r.
import { app } from 'electron';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const require = createRequire(join(process.cwd(), 'anything.js'));

function readArguments(words) {
  const modules = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at];
    if (word === '-r' || word === '--require') modules.push(words[++at]);
    else if (word === '-v' || word === '--version') return { version: true, modules };
    else if (!word.startsWith('-')) return { target: resolve(word), modules };
  }
  return { modules };
}

function readManifest(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  } catch {
    return undefined;
  }
}

function describeApp(manifest) {
  const name = manifest.productName ?? manifest.name;
  if (name) app.name = name;
  if (manifest.version) app.setVersion(manifest.version);
  if (manifest.desktopName) app.setDesktopName(manifest.desktopName);
}

const { target, version, modules } = readArguments(process.argv.slice(1));
if (version) {
  console.log(`v${process.versions.electron}`);
  process.exit(0);
}
for (const module of modules) require(module);
if (target === undefined) {
  console.error('usage: electron [flags] [-r module] <folder or file>');
  process.exit(1);
}
// Ordinary Electron sets it too; the app's argv and single-instance lock look at it.
Object.defineProperty(process, 'defaultApp', { value: true, enumerable: true });
const manifest = readManifest(target);
if (manifest) describeApp(manifest);
app.setAppPath(manifest ? target : dirname(target));
await import(pathToFileURL(require.resolve(target)).href);

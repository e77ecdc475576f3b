/**
 * `npm start`: the desktop app where it can be shown; otherwise one line that says why not, and the same registry and
 * console without a window, as `npm run serve` gives them.
 *
 *   npm start [-- --data DIR] [--listen HOST:PORT] [--headless]
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { buildDesktop } from './desktop.ts';
import { electronRuntime, NoElectron, type Runtime } from './electron-runtime.ts';

const ROOT = join(import.meta.dirname, '..');
/** Chromium's own log lines (`[pid:date:LEVEL:file(line)] text`): of interest only when the start fails. */
const CHROMIUM_LINE = /^\[\d+:[\d/.]+:(?<level>[A-Z]+):[^\]]*\] ?(?<text>.*)$/;

/** The child in front, which signals to this process are meant for. */
let current: ChildProcess | undefined;
let interrupted = false;
const forwarded = new Set<NodeJS.Signals>();

/** How the attempt to show a window ended: with the app's exit code, or with what is in its way (to end a sentence). */
interface DesktopEnd {
  readonly exitCode?: number;
  readonly obstacle?: string;
}

async function main(): Promise<number> {
  const settings = readArguments();
  if (!settings) return 2;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => passOn(signal));
  const desktop: DesktopEnd = settings.headless ? {} : await startDesktop(settings.env);
  if (desktop.exitCode !== undefined) return desktop.exitCode;
  if (interrupted) return 130;
  if (desktop.obstacle) say(`No desktop window: ${desktop.obstacle}. Serving without it:`);
  return exitOf(run(process.execPath, [join(ROOT, 'server/main.ts'), 'serve'], { env: settings.env }));
}

/**
 * Passes a signal to the child, each kind once: a second of the same would end it as it is. A terminal sends Ctrl C and
 * its own end to the whole process group, so the child has those already.
 */
function passOn(signal: NodeJS.Signals): void {
  interrupted = true;
  const fromTerminal = signal !== 'SIGTERM' && process.stdin.isTTY;
  if (fromTerminal || forwarded.has(signal)) return;
  forwarded.add(signal);
  current?.kill(signal);
}

/** The arguments as the BERTH_* variables that mean the same to both ways of starting; undefined when they are wrong. */
function readArguments(): { headless: boolean; env: NodeJS.ProcessEnv } | undefined {
  try {
    const { values } = parseArgs({
      options: {
        data: { type: 'string' },
        listen: { type: 'string' },
        headless: { type: 'boolean', default: false },
      },
    });
    return {
      headless: values.headless,
      env: {
        ...process.env,
        // BERTH_HOME keeps a second copy apart, also where no window opens.
        ...(process.env.BERTH_HOME && !process.env.BERTH_DATA
          ? { BERTH_DATA: join(process.env.BERTH_HOME, 'data') }
          : {}),
        ...(values.data === undefined ? {} : { BERTH_DATA: values.data }),
        ...(values.listen === undefined ? {} : { BERTH_LISTEN: values.listen }),
      },
    };
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    console.error(`${problem}\nnpm start takes: --data DIR, --listen HOST:PORT, --headless`);
    return undefined;
  }
}

/** Runs the desktop app to its end, where it can be shown. */
async function startDesktop(env: NodeJS.ProcessEnv): Promise<DesktopEnd> {
  const obstacle = desktopObstacle();
  if (obstacle) return { obstacle };
  let runtime: Runtime;
  try {
    runtime = await electronRuntime({ makeTestRuntime: false, say });
  } catch (error) {
    if (error instanceof NoElectron) return { obstacle: error.message };
    throw error;
  }
  if (interrupted) return {};
  if (runtime.kind === 'test') say('Using the test runtime, an older Electron');
  await buildDesktop();
  const withoutSandbox = process.platform === 'linux' && process.env.BERTH_NO_SANDBOX === '1';
  if (withoutSandbox) say("Chromium's sandbox is off, as BERTH_NO_SANDBOX=1 asks");
  return runElectron(runtime, { env: { ...env, BERTH_NODE: process.execPath }, withoutSandbox });
}

function desktopObstacle(): string | undefined {
  if (process.platform !== 'linux') return undefined;
  if (!process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) return 'there is no display (DISPLAY is not set)';
  // Not quietly without the sandbox: whoever runs the window as root decides that.
  if (process.getuid?.() === 0 && process.env.BERTH_NO_SANDBOX !== '1') {
    return "Chromium's sandbox does not work for root (start it as an ordinary user, or set BERTH_NO_SANDBOX=1)";
  }
  return undefined;
}

async function runElectron(
  { dist }: Runtime,
  { env, withoutSandbox }: { env: NodeJS.ProcessEnv; withoutSandbox: boolean },
): Promise<DesktopEnd> {
  const binary = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' }[
    process.platform as string
  ];
  const args = [...(withoutSandbox ? ['--no-sandbox'] : []), ROOT];
  const child = run(join(dist, binary ?? 'electron'), args, { env, stdio: ['inherit', 'pipe', 'pipe'] });
  let up = false;
  let problem = '';
  if (child.stdout) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      up ||= line.startsWith('berth ready at ') || line.startsWith('Berth is already running');
      console.log(line);
    });
  }
  if (child.stderr) {
    createInterface({ input: child.stderr }).on('line', (line) => {
      const chromium = CHROMIUM_LINE.exec(line)?.groups;
      if (chromium?.level === 'FATAL' || chromium?.level === 'ERROR') problem = chromium.text ?? '';
      else if (!chromium) {
        if (!up) problem = line;
        console.error(line);
      }
    });
  }
  const code = await exitOf(child);
  if (up || code === 0 || interrupted) return { exitCode: code };
  return { obstacle: `Electron ended with ${code}${problem === '' ? '' : ` (${problem})`}` };
}

function run(
  file: string,
  args: readonly string[],
  options: { env: NodeJS.ProcessEnv; stdio?: ['inherit', 'pipe', 'pipe'] },
): ChildProcess {
  current = spawn(file, [...args], { stdio: 'inherit', ...options });
  return current;
}

/** The child's exit code; 1 for one that a signal ended or that could not be started. */
function exitOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      console.error(error.message);
      resolve(1);
    });
    child.once('close', (code) => resolve(code ?? 1));
  });
}

/** Whether the cursor stands behind a line of progress. */
let inProgress = false;

/** One line for people; on a terminal a line of progress takes the place of the one before, elsewhere it is left out. */
function say(line: string, progress = false): void {
  if (!process.stdout.isTTY) {
    if (!progress) console.log(line);
    return;
  }
  if (progress) process.stdout.write(`\r\u001b[K${line}`);
  else process.stdout.write(`${inProgress ? '\n' : ''}${line}\n`);
  inProgress = progress;
}

process.exitCode = await main();

/** The shell's own words; the console has its own. */
const TEXTS = {
  en: {
    starting: 'Starting the registry',
    loading: 'Opening the console',
    restarting: 'The registry ended and is being started again',
    stopping: 'Stopping the registry',
    stopped: 'The registry is stopped',
    failed: 'The registry does not start',
    consoleFailed: 'The console did not load',
    retry: 'Try again',
    openLogs: 'Open log folder',
    portChanged: 'The usual port is taken. This registry is now at {origin}',
    leaveQuestion: 'Something is still running or not saved in this window, and is lost when it closes',
    leaveStay: 'Stay',
    leaveAnyway: 'Close anyway',
    file: 'File',
    edit: 'Edit',
    view: 'View',
    window: 'Window',
    help: 'Help',
  },
  'zh-CN': {
    starting: '正在启动仓库',
    loading: '正在打开控制台',
    restarting: '仓库已退出，正在重新启动',
    stopping: '正在停止仓库',
    stopped: '仓库已停止',
    failed: '仓库无法启动',
    consoleFailed: '控制台未能加载',
    retry: '重试',
    openLogs: '打开日志文件夹',
    portChanged: '常用端口已被占用。仓库现在位于 {origin}',
    leaveQuestion: '此窗口中仍有任务在进行或有更改未保存，关闭后会丢失',
    leaveStay: '留下',
    leaveAnyway: '仍然关闭',
    file: '文件',
    edit: '编辑',
    view: '视图',
    window: '窗口',
    help: '帮助',
  },
} as const;

export type Language = keyof typeof TEXTS;
export type ShellText = (typeof TEXTS)[Language];

/** The shell's language for a locale such as `zh-Hans-CN` or `en-GB`. */
export function languageOf(locale: string): Language {
  return locale.toLowerCase().startsWith('zh') ? 'zh-CN' : 'en';
}

/** The shell's words in this language. */
export function textsFor(language: Language): ShellText {
  return TEXTS[language];
}

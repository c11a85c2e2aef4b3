// The item in the status bar: how the proofs stand, and behind it what can be done.

import * as vscode from 'vscode';

import { LANGUAGE } from './client';
import { folderName } from './documents';
import type { Projects } from './projects';
import type { Session } from './session';
import { summarize } from './statusText';

const BACKGROUNDS = {
  good: undefined,
  warning: new vscode.ThemeColor('statusBarItem.warningBackground'),
  error: new vscode.ThemeColor('statusBarItem.errorBackground'),
};

export class StatusItem implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem('pgpe.status', vscode.StatusBarAlignment.Left, 10);
  private readonly registrations: vscode.Disposable[];

  constructor(
    private readonly session: Session,
    private readonly projects: Projects,
  ) {
    this.item.name = 'pgpe';
    this.item.command = 'pgpe.showMenu';
    this.registrations = [
      session.onDidChangeState(() => this.update()),
      projects.onDidChange(() => this.update()),
      this.item,
    ];
    this.update();
    this.item.show();
  }

  dispose(): void {
    this.registrations.forEach((it) => it.dispose());
  }

  private update(): void {
    const { state } = this.session;
    switch (state.kind) {
      case 'starting':
        return this.show('$(sync~spin) pgpe', 'good', 'pgpe is starting.');
      case 'stopped':
        return this.show('$(error) pgpe', 'error', state.problem);
      case 'running': {
        const status = this.projects.status;
        if (status === undefined) {
          return this.show('$(shield) pgpe', 'good', `pgpe ${state.version ?? ''} is running.`);
        }
        const { text, severity, details } = summarize(status, (root) => folderName(this.session.uri(root)));
        return this.show(text, severity, details);
      }
    }
  }

  private show(text: string, severity: keyof typeof BACKGROUNDS, details: string): void {
    this.item.text = text;
    this.item.backgroundColor = BACKGROUNDS[severity];
    this.item.tooltip = new vscode.MarkdownString(details);
  }
}

interface MenuItem extends vscode.QuickPickItem {
  command?: string;
}

/** Offers what can be done, and does what is chosen. */
export async function showMenu(session: Session, projects: Projects): Promise<void> {
  const running = session.state.kind === 'running';
  const file = vscode.window.activeTextEditor?.document;
  const inPolicy = file?.languageId === LANGUAGE;
  const hasTargets = projects.status === undefined || projects.targets(file?.uri).length > 0;
  const items: (MenuItem | false)[] = [
    running && inPolicy && { label: '$(open-preview) Preview SQL', command: 'pgpe.previewSql' },
    running && inPolicy && { label: '$(bug) Show Counterexample', command: 'pgpe.showCounterexample' },
    running && { label: '$(beaker) Analyze Workspace', command: 'pgpe.analyzeWorkspace' },
    running && hasTargets && { label: 'Database', kind: vscode.QuickPickItemKind.Separator },
    running && hasTargets && { label: '$(git-compare) Check Drift', command: 'pgpe.checkDrift' },
    running && hasTargets && { label: '$(list-ordered) Show Plan', command: 'pgpe.plan' },
    running && hasTargets && { label: '$(cloud-upload) Apply…', command: 'pgpe.apply' },
    running && hasTargets && { label: '$(database) Refresh Schema', command: 'pgpe.refreshSchema' },
    { label: 'Server', kind: vscode.QuickPickItemKind.Separator },
    { label: '$(debug-restart) Restart Server', command: 'pgpe.restartServer' },
    { label: '$(output) Show Log', command: 'pgpe.showLog' },
    { label: 'Help', kind: vscode.QuickPickItemKind.Separator },
    { label: '$(book) Get Started', command: 'pgpe.openWalkthrough' },
  ];
  const chosen = await vscode.window.showQuickPick(items.filter((it) => it !== false), { placeHolder: 'pgpe' });
  if (chosen?.command !== undefined) {
    await vscode.commands.executeCommand(chosen.command);
  }
}

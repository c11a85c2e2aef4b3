// What the server says of the projects, kept until it says something else.

import * as vscode from 'vscode';

import { ErrorCodes, errorCode, isOvertaken, STATUS, type Status, type Target } from './protocol';
import type { Session } from './session';

/** Milliseconds of rest before asking, where the server does not tell by itself. */
const REST = 300;

/** The state of the projects: `undefined` if the server can't tell. */
export class Projects implements vscode.Disposable {
  private known: Status | undefined;
  private timer: NodeJS.Timeout | undefined;
  private readonly emitter = new vscode.EventEmitter<Status | undefined>();
  private readonly registrations: vscode.Disposable[];

  readonly onDidChange = this.emitter.event;

  constructor(private readonly session: Session) {
    this.registrations = [
      session.onDidChangeState(() => this.askSoon()),
      session.onDidChangeStatus(() => this.askSoon()),
      vscode.languages.onDidChangeDiagnostics(() => this.askSoon()),
    ];
  }

  get status(): Status | undefined {
    return this.known;
  }

  /** The targets of the project that a file belongs to; of all projects if that is not known. */
  targets(file: vscode.Uri | undefined): Target[] {
    const projects = this.known?.projects ?? [];
    const own = projects.filter((project) => {
      const root = this.session.uri(project.root).toString();
      return file?.toString().startsWith(root.endsWith('/') ? root : `${root}/`) === true;
    });
    // Projects may lie in each other's folders: the innermost one counts.
    const innermost = own.reduce<(typeof own)[number] | undefined>(
      (best, it) => (best === undefined || it.root.length > best.root.length ? it : best),
      undefined,
    );
    return (innermost === undefined ? projects : [innermost]).flatMap((project) => project.targets);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.registrations.forEach((it) => it.dispose());
    this.emitter.dispose();
  }

  private askSoon(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.ask(), REST);
  }

  private async ask(): Promise<void> {
    if (this.session.state.kind !== 'running') {
      this.become(undefined);
      return;
    }
    try {
      this.become(await this.session.request<Status>(STATUS, {}));
    } catch (error) {
      if (isOvertaken(error)) {
        this.askSoon();
        return;
      }
      if (errorCode(error) !== ErrorCodes.methodNotFound) {
        this.session.log.warn(String(error));
      }
      this.become(undefined);
    }
  }

  private become(status: Status | undefined): void {
    this.known = status;
    this.emitter.fire(status);
  }
}

// The running server: starting it, starting it anew, and asking it.

import * as vscode from 'vscode';
import { type CancellationToken, State } from 'vscode-languageclient/node';

import { findProgram } from './binary';
import { PolicyClient } from './client';
import { isOvertaken, STATUS_CHANGED } from './protocol';

/** Seconds that a server may take to end. */
const PATIENCE = 5;

export type SessionState =
  | { kind: 'starting' }
  | { kind: 'running'; version: string | undefined }
  | { kind: 'stopped'; problem: string };

export class Session implements vscode.Disposable {
  private client: PolicyClient | undefined;
  private current: SessionState = { kind: 'starting' };
  /** The last start or stop; the next one waits for it. */
  private turn: Promise<void> = Promise.resolve();
  private readonly stateEmitter = new vscode.EventEmitter<SessionState>();
  private readonly statusEmitter = new vscode.EventEmitter<void>();

  readonly onDidChangeState = this.stateEmitter.event;
  /** The server says that the state of a project may be another. */
  readonly onDidChangeStatus = this.statusEmitter.event;

  constructor(readonly log: vscode.LogOutputChannel) {}

  get state(): SessionState {
    return this.current;
  }

  /** Starts the server; ends the one that runs first. */
  restart(): Promise<void> {
    return this.inTurn(async () => {
      await this.end();
      await this.begin();
    });
  }

  /** Ends the server. */
  stop(): Promise<void> {
    return this.inTurn(() => this.end());
  }

  /** Asks the running server. */
  async request<R>(method: string, params: unknown, token?: CancellationToken): Promise<R> {
    await this.turn;
    if (this.client?.isRunning() !== true) {
      throw new Error(this.current.kind === 'stopped' ? this.current.problem : 'pgpe is not running.');
    }
    return token === undefined
      ? this.client.sendRequest<R>(method, params)
      : this.client.sendRequest<R>(method, params, token);
  }

  /** Has the server carry out a command. `undefined` if it failed, which was said, or somebody took it back. */
  async execute<R>(command: string, parameters: unknown[]): Promise<R | undefined> {
    try {
      return await this.request<R>('workspace/executeCommand', { command, arguments: parameters });
    } catch (error) {
      await this.explain(error);
      return undefined;
    }
  }

  /** Says why a request failed, unless it only came at a bad moment. */
  async explain(error: unknown): Promise<void> {
    if (isOvertaken(error)) {
      return;
    }
    const message = error instanceof Error ? error.message : String(error);
    this.log.error(message);
    await (this.current.kind === 'stopped' ? this.offerHelp(message) : this.offerLog(message));
  }

  uri(text: string): vscode.Uri {
    return this.client?.protocol2CodeConverter.asUri(text) ?? vscode.Uri.parse(text);
  }

  /** The name by which the server knows a file. */
  name(uri: vscode.Uri): string {
    return this.client?.code2ProtocolConverter.asUri(uri) ?? uri.toString();
  }

  dispose(): void {
    this.stateEmitter.dispose();
    this.statusEmitter.dispose();
  }

  /** Does something when all that was begun before is done. */
  private inTurn(work: () => Promise<void>): Promise<void> {
    this.turn = this.turn.then(work).catch((error) => this.fail(String(error)));
    return this.turn;
  }

  private async begin(): Promise<void> {
    this.become({ kind: 'starting' });
    const settings = vscode.workspace.getConfiguration('pgpe');
    const folders = (vscode.workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
    const search = findProgram({
      // In a settings file there may be a null.
      configured: settings.get<string | null>('server.path') ?? '',
      folders,
      searchPath: process.env.PATH ?? '',
      windows: process.platform === 'win32',
    });
    if ('problem' in search) {
      this.fail(search.problem);
      return;
    }
    this.log.info(`starting ${search.path}`);
    const environment = settings.get<Record<string, string> | null>('server.environment') ?? {};
    const client = new PolicyClient(search.path, environment, this.log);
    this.client = client;
    client.onNotification(STATUS_CHANGED, () => this.statusEmitter.fire());
    client.onDidChangeState(({ newState }) => {
      if (newState === State.Stopped && this.client === client && this.current.kind === 'running') {
        this.become({ kind: 'stopped', problem: 'pgpe has ended; its log says why.' });
      } else if (newState === State.Running) {
        this.become({ kind: 'running', version: client.initializeResult?.serverInfo?.version });
      }
    });
    try {
      await client.start();
    } catch (error) {
      this.client = undefined;
      this.fail(`${search.path} can't be started: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private async end(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    try {
      await client?.dispose(PATIENCE * 1000);
    } catch (error) {
      // It never came up, or hangs; either way there is nothing more to end.
      this.log.warn(String(error));
    }
  }

  private fail(problem: string): void {
    this.log.error(problem);
    this.become({ kind: 'stopped', problem });
    void this.offerHelp(problem);
  }

  private become(state: SessionState): void {
    this.current = state;
    this.stateEmitter.fire(state);
  }

  private async offerHelp(problem: string): Promise<void> {
    const [settings, help] = ['Open Settings', 'How to Install'];
    const answer = await vscode.window.showErrorMessage(problem, settings, help);
    if (answer === settings) {
      await vscode.commands.executeCommand('workbench.action.openSettings', 'pgpe.server.path');
    } else if (answer === help) {
      await vscode.commands.executeCommand('pgpe.openWalkthrough');
    }
  }

  private async offerLog(problem: string): Promise<void> {
    if ((await vscode.window.showErrorMessage(problem, 'Show Log')) !== undefined) {
      this.log.show(true);
    }
  }
}

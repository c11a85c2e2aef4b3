// Where the extension begins: what there is, and which command does what.

import * as vscode from 'vscode';

import { type Analysis, analysisText } from './analysisText';
import { LANGUAGE } from './client';
import { Counterexamples } from './counterexample';
import { Documents, documentUri, folderName } from './documents';
import { SqlPreview } from './preview/preview';
import { Projects } from './projects';
import { Session } from './session';
import { showMenu, StatusItem } from './statusItem';
import { type TargetCommand, TargetCommands } from './targets';

let session: Session | undefined;

export async function activate(context: vscode.ExtensionContext): Promise<void> {
  const log = vscode.window.createOutputChannel('pgpe', { log: true });
  const running = new Session(log);
  session = running;
  const documents = new Documents();
  const projects = new Projects(running);
  const preview = new SqlPreview(running, documents);
  const targets = new TargetCommands(running, projects, documents);
  const counterexamples = new Counterexamples(running, documents);

  const commands: Record<string, (...parameters: unknown[]) => unknown> = {
    'pgpe.previewSql': (uri, position) => preview.show(...place(running, uri, position)),
    'pgpe.pickTable': () => preview.pickTable(),
    'pgpe.showCounterexample': (...parameters) => counterexamples.show(...parameters),
    'pgpe.analyzeWorkspace': () => analyzeWorkspace(running, documents),
    'pgpe.restartServer': () => running.restart(),
    'pgpe.showLog': () => log.show(true),
    'pgpe.showMenu': () => showMenu(running, projects),
    'pgpe.openWalkthrough': () =>
      vscode.commands.executeCommand('workbench.action.openWalkthrough', `${context.extension.id}#start`, false),
  };
  const onTargets: TargetCommand[] = ['pgpe.checkDrift', 'pgpe.plan', 'pgpe.apply', 'pgpe.refreshSchema'];
  for (const command of onTargets) {
    commands[command] = (target, uri) => targets.run(command, target, uri);
  }
  context.subscriptions.push(
    log,
    running,
    documents,
    projects,
    preview,
    new StatusItem(running, projects),
    ...Object.entries(commands).map(([name, run]) => vscode.commands.registerCommand(name, run)),
    vscode.workspace.onDidOpenTextDocument(leaveToXml),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration('pgpe.server')) {
        void running.restart();
      }
    }),
  );
  vscode.workspace.textDocuments.forEach(leaveToXml);
  await running.restart();
}

export async function deactivate(): Promise<void> {
  await session?.stop();
}

/** Where a command is to act, if the server says so: it names files and places in the protocol's way. */
function place(running: Session, uri: unknown, position: unknown): [vscode.Uri?, vscode.Position?] {
  const { line, character } = (position ?? {}) as { line?: unknown; character?: unknown };
  return typeof uri === 'string' && typeof line === 'number' && typeof character === 'number'
    ? [running.uri(uri), new vscode.Position(line, character)]
    : [];
}

async function analyzeWorkspace(running: Session, documents: Documents): Promise<unknown> {
  const result = await running.execute<Analysis>('pgpe.analyzeWorkspace', []);
  if (result !== undefined) {
    const text = analysisText(result, (root) => folderName(running.uri(root)));
    await documents.showMarkdown(documentUri('analysis', 'Policy Analysis.md'), text);
  }
  return result;
}

/** The files of polkit have the same ending. */
function leaveToXml(document: vscode.TextDocument): void {
  if (document.languageId === LANGUAGE && document.lineAt(0).text.startsWith('<?xml')) {
    void vscode.languages.setTextDocumentLanguage(document, 'xml');
  }
}

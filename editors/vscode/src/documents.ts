// Texts that are made here and can only be read: previews, plans, counterexamples.

import * as vscode from 'vscode';

export const SCHEME = 'pgpe';

/** Texts that are kept; a rendered one is read again long after its document was closed. */
const KEPT = 40;

export class Documents implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly texts = new Map<string, string>();
  private readonly emitter = new vscode.EventEmitter<vscode.Uri>();

  readonly onDidChange = this.emitter.event;

  // Below the event, which is looked for here.
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this);

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? '';
  }

  /** Gives a document another text. */
  set(uri: vscode.Uri, text: string): void {
    const key = uri.toString();
    if (this.texts.get(key) === text) {
      return;
    }
    this.texts.delete(key);
    this.texts.set(key, text);
    const oldest = this.texts.size > KEPT ? this.texts.keys().next().value : undefined;
    if (oldest !== undefined) {
      this.texts.delete(oldest);
    }
    this.emitter.fire(uri);
  }

  /** Shows a text beside the editor; whoever types goes on typing there. */
  async showBeside(uri: vscode.Uri, text: string): Promise<void> {
    this.set(uri, text);
    await vscode.window.showTextDocument(uri, {
      viewColumn: vscode.ViewColumn.Beside,
      preserveFocus: true,
      preview: true,
    });
  }

  /** Shows Markdown beside the editor, as it is meant to look. */
  async showMarkdown(uri: vscode.Uri, markdown: string): Promise<void> {
    this.set(uri, markdown);
    await vscode.commands.executeCommand('markdown.showPreviewToSide', uri);
  }

  dispose(): void {
    this.registration.dispose();
    this.emitter.dispose();
  }
}

/** The address of such a text; the name is what its tab shows. */
export function documentUri(kind: string, name: string): vscode.Uri {
  return vscode.Uri.from({ scheme: SCHEME, path: `/${kind}/${name.replace(/[/\\]/g, '∕')}` });
}

/** What people call a folder. */
export function folderName(uri: vscode.Uri): string {
  return uri.path.split('/').filter((part) => part !== '').at(-1) ?? uri.toString();
}

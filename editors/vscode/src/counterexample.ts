// A counterexample as a document: two sessions, their rows, and the way through the clauses.

import * as vscode from 'vscode';

import { LANGUAGE } from './client';
import { type Documents, documentUri } from './documents';
import type { Counterexample } from './protocol';
import type { Session } from './session';

/** The first of the server's arguments, of a command whose arguments may also be missing. */
type Arguments = [uri: string, line: number, rule: string];

export class Counterexamples {
  constructor(
    private readonly session: Session,
    private readonly documents: Documents,
  ) {}

  /** Shows the counterexample of a finding; without arguments, of one that is chosen. */
  async show(...given: unknown[]): Promise<unknown> {
    const [uri, line, rule] = given;
    const known = typeof uri === 'string' && typeof line === 'number' && typeof rule === 'string';
    const parameters = known ? [uri, line, rule] : await this.choose();
    if (parameters === undefined) {
      return undefined;
    }
    const shown = await this.session.execute<Counterexample | null>('pgpe.showCounterexample', parameters);
    if (shown === null) {
      void vscode.window.showInformationMessage(`There is no counterexample of ${String(parameters[2])} there: only proofs that failed have one.`);
    } else if (shown !== undefined) {
      await this.documents.showMarkdown(documentUri('counterexample', `${shown.title}.md`), shown.markdown);
    }
    return shown;
  }

  /** The findings at the cursor's line come first, the others of the file after them. */
  private async choose(): Promise<Arguments | undefined> {
    const editor = vscode.window.activeTextEditor;
    if (editor?.document.languageId !== LANGUAGE) {
      void vscode.window.showInformationMessage('Open a policy first: a counterexample belongs to a finding in one.');
      return undefined;
    }
    const { document, selection } = editor;
    const findings = vscode.languages.getDiagnostics(document.uri).filter((it) => it.source === 'pgpe');
    const here = findings.filter((it) => it.range.start.line <= selection.active.line && selection.active.line <= it.range.end.line);
    const items = [...here, ...findings.filter((it) => !here.includes(it))].map((finding) => ({
      label: ruleOf(finding),
      description: `line ${finding.range.start.line + 1}`,
      detail: finding.message.split('\n')[0] ?? '',
      finding,
    }));
    if (items.length === 0) {
      void vscode.window.showInformationMessage('Nothing was found in this file.');
      return undefined;
    }
    const chosen = await vscode.window.showQuickPick(items, { placeHolder: 'Finding whose counterexample is shown' });
    return chosen && [this.session.name(document.uri), chosen.finding.range.start.line, chosen.label];
  }
}

function ruleOf({ code }: vscode.Diagnostic): string {
  return String(typeof code === 'object' ? code.value : (code ?? ''));
}

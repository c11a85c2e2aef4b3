// The SQL of the policy at the cursor, in a document beside the editor that follows the cursor and what is typed.

import * as vscode from 'vscode';

import { LANGUAGE } from '../client';
import { type Documents, documentUri } from '../documents';
import {
  COMPILED_SQL,
  type CompiledSql,
  type CompiledSqlParams,
  ErrorCodes,
  errorCode,
  isOvertaken,
} from '../protocol';
import type { Session } from '../session';
import { Marks } from './marks';
import { headings, lastLine, originAt, PickedTables, sqlAt } from './model';

/** The one document of all previews. */
const PREVIEW = documentUri('preview', 'Policy Preview.sql');

/** Milliseconds of rest before the preview follows. */
const AFTER_CURSOR = 40;
const AFTER_EDIT = 120;

const NOTHING_HERE = '-- There is no policy at the cursor.\n';
const TOO_OLD = '-- This version of pgpe has no preview: update the program.\n';

/** Whose SQL is shown. */
interface Source {
  uri: vscode.Uri;
  position: vscode.Position;
}

export class SqlPreview implements vscode.Disposable, vscode.CodeLensProvider {
  private source: Source | undefined;
  private answer: CompiledSql | null = null;
  private text = '';
  private timer: NodeJS.Timeout | undefined;
  private pending: vscode.CancellationTokenSource | undefined;
  private readonly picked = new PickedTables();
  private readonly marks = new Marks();
  private readonly lensEmitter = new vscode.EventEmitter<void>();
  private readonly registrations: vscode.Disposable[];

  readonly onDidChangeCodeLenses = this.lensEmitter.event;

  constructor(
    private readonly session: Session,
    private readonly documents: Documents,
  ) {
    const selector = { scheme: PREVIEW.scheme, pattern: PREVIEW.path };
    this.registrations = [
      vscode.languages.registerCodeLensProvider(selector, this),
      vscode.window.onDidChangeTextEditorSelection((event) => this.moved(event.textEditor)),
      vscode.window.onDidChangeActiveTextEditor((editor) => editor !== undefined && this.moved(editor)),
      vscode.window.onDidChangeVisibleTextEditors(() => this.follow(AFTER_CURSOR)),
      vscode.workspace.onDidChangeTextDocument(({ document }) => this.changed(document)),
      vscode.workspace.onDidSaveTextDocument(() => this.follow(AFTER_EDIT)),
      session.onDidChangeState(() => this.follow(AFTER_CURSOR)),
      session.onDidChangeStatus(() => this.follow(AFTER_EDIT)),
    ];
  }

  /** Opens the preview for a place in a policy, or where the cursor is. */
  async show(uri?: vscode.Uri, position?: vscode.Position): Promise<void> {
    const editor = vscode.window.activeTextEditor;
    if (uri !== undefined && position !== undefined) {
      this.source = { uri, position };
    } else if (editor?.document.languageId === LANGUAGE) {
      this.source = { uri: editor.document.uri, position: editor.selection.active };
    }
    if (this.source === undefined) {
      void vscode.window.showInformationMessage('Open a policy first: the preview shows the SQL of the one at the cursor.');
      return;
    }
    await this.refresh();
    if (this.editor() === undefined) {
      await this.documents.showBeside(PREVIEW, this.text);
    }
    this.mark();
  }

  /** Asks which of the policy's tables is to be shown. */
  async pickTable(): Promise<void> {
    const { policy, table, tables } = this.answer ?? { policy: null, table: null, tables: [] };
    if (policy === null || tables.length < 2) {
      void vscode.window.showInformationMessage('The policy in the preview does not govern several tables.');
      return;
    }
    const items = tables.map((name) => ({ label: name, description: name === table ? 'shown' : '' }));
    const chosen = await vscode.window.showQuickPick(items, {
      placeHolder: `Table of ${policy} whose SQL is shown`,
      matchOnDescription: false,
    });
    if (chosen !== undefined) {
      this.picked.pick(policy, chosen.label);
      await this.refresh();
    }
  }

  provideCodeLenses(): vscode.CodeLens[] {
    if (this.answer === null) {
      return [];
    }
    const top = new vscode.Range(0, 0, 0, 0);
    const { tables, changes } = headings(this.answer);
    const lenses = [];
    if (tables !== undefined) {
      lenses.push(new vscode.CodeLens(top, { title: tables, command: 'pgpe.pickTable' }));
    }
    if (changes !== undefined) {
      lenses.push(new vscode.CodeLens(top, { title: changes, command: '' }));
    }
    return lenses;
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.pending?.cancel();
    this.registrations.forEach((it) => it.dispose());
    this.marks.dispose();
    this.lensEmitter.dispose();
  }

  private moved(editor: vscode.TextEditor): void {
    if (editor.document.languageId === LANGUAGE) {
      this.source = { uri: editor.document.uri, position: editor.selection.active };
      this.marks.onPolicy(editor, []);
      this.follow(AFTER_CURSOR);
    } else if (isPreview(editor.document) && vscode.window.activeTextEditor === editor) {
      this.markOrigin(editor.selection.active);
    }
  }

  private changed(document: vscode.TextDocument): void {
    if (isPreview(document)) {
      // Only now do the ranges of the answer fit.
      this.mark();
    } else if (document.uri.scheme !== PREVIEW.scheme && document.uri.scheme !== 'output') {
      this.follow(AFTER_EDIT);
    }
  }

  private follow(rest: number): void {
    if (this.source !== undefined && this.editor() !== undefined) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => void this.refresh(), rest);
    }
  }

  private async refresh(): Promise<void> {
    clearTimeout(this.timer);
    if (this.source === undefined) {
      return;
    }
    this.pending?.cancel();
    const pending = new vscode.CancellationTokenSource();
    this.pending = pending;
    try {
      const answer = await this.ask(this.source, pending.token);
      if (this.pending === pending) {
        this.take(answer, answer?.text ?? NOTHING_HERE);
      }
    } catch (error) {
      if (this.pending === pending && !isOvertaken(error)) {
        this.take(null, errorCode(error) === ErrorCodes.methodNotFound ? TOO_OLD : asComment(error));
      }
    }
  }

  private async ask(source: Source, token: vscode.CancellationToken): Promise<CompiledSql | null> {
    const params: CompiledSqlParams = {
      textDocument: { uri: this.session.name(source.uri) },
      position: { line: source.position.line, character: source.position.character },
    };
    const request = (table: string | undefined) =>
      this.session.request<CompiledSql | null>(COMPILED_SQL, table === undefined ? params : { ...params, table }, token);
    const answer = await request(this.picked.wanted);
    const other = answer === null ? undefined : this.picked.correct(answer);
    return other === undefined ? answer : request(other);
  }

  private take(answer: CompiledSql | null, text: string): void {
    this.answer = answer;
    this.text = text;
    this.documents.set(PREVIEW, text);
    this.lensEmitter.fire();
    this.mark();
  }

  private mark(): void {
    const editor = this.editor();
    if (editor === undefined || normalized(editor.document.getText()) !== normalized(this.text)) {
      return;
    }
    const map = this.answer?.map ?? [];
    const current =
      this.source === undefined ? [] : sqlAt(map, this.session.name(this.source.uri), this.source.position);
    const ranges = current.map(toRange);
    this.marks.onSql(editor, (this.answer?.changed ?? []).map(toLines), ranges);
    const first = ranges[0];
    if (first !== undefined && vscode.window.activeTextEditor !== editor) {
      // The line's start: what comes later in a long line is not worth that the others scroll out of sight.
      const start = new vscode.Range(first.start.line, 0, first.start.line, 0);
      editor.revealRange(start, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    }
  }

  private markOrigin(position: vscode.Position): void {
    const origin = originAt(this.answer?.map ?? [], position);
    for (const editor of vscode.window.visibleTextEditors) {
      const here = origin !== undefined && this.session.uri(origin.uri).toString() === editor.document.uri.toString();
      if (editor.document.languageId === LANGUAGE) {
        const ranges = here ? [toRange(origin.policy)] : [];
        this.marks.onPolicy(editor, ranges);
        ranges.forEach((it) => editor.revealRange(it, vscode.TextEditorRevealType.InCenterIfOutsideViewport));
      }
    }
  }

  private editor(): vscode.TextEditor | undefined {
    return vscode.window.visibleTextEditors.find(({ document }) => isPreview(document));
  }
}

function isPreview(document: vscode.TextDocument): boolean {
  return document.uri.toString() === PREVIEW.toString();
}

function toRange(range: CompiledSql['changed'][number]): vscode.Range {
  return new vscode.Range(range.start.line, range.start.character, range.end.line, range.end.character);
}

function toLines(range: CompiledSql['changed'][number]): vscode.Range {
  return new vscode.Range(range.start.line, 0, lastLine(range), 0);
}

function asComment(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n').map((line) => `-- ${line}\n`).join('');
}

/** Documents may end their lines otherwise. */
function normalized(text: string): string {
  return text.replace(/\r\n/g, '\n');
}

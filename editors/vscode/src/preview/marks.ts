// How lines of the preview, and the policy that they come from, are marked.

import * as vscode from 'vscode';

export class Marks implements vscode.Disposable {
  private readonly changed = vscode.window.createTextEditorDecorationType({
    isWholeLine: true,
    backgroundColor: new vscode.ThemeColor('diffEditor.insertedLineBackground'),
    overviewRulerColor: new vscode.ThemeColor('editorOverviewRuler.modifiedForeground'),
    overviewRulerLane: vscode.OverviewRulerLane.Left,
  });
  private readonly current = vscode.window.createTextEditorDecorationType({
    backgroundColor: new vscode.ThemeColor('editor.wordHighlightStrongBackground'),
    overviewRulerColor: new vscode.ThemeColor('editorOverviewRuler.wordHighlightStrongForeground'),
    overviewRulerLane: vscode.OverviewRulerLane.Center,
  });
  private readonly origin = vscode.window.createTextEditorDecorationType({
    backgroundColor: new vscode.ThemeColor('editor.wordHighlightStrongBackground'),
  });

  /** Marks lines that differ from the saved ones, and those that the cursor's place gives. */
  onSql(editor: vscode.TextEditor, changed: vscode.Range[], current: vscode.Range[]): void {
    editor.setDecorations(this.changed, changed);
    editor.setDecorations(this.current, current);
  }

  /** Marks where the SQL under the preview's cursor comes from. */
  onPolicy(editor: vscode.TextEditor, ranges: vscode.Range[]): void {
    editor.setDecorations(this.origin, ranges);
  }

  dispose(): void {
    this.changed.dispose();
    this.current.dispose();
    this.origin.dispose();
  }
}

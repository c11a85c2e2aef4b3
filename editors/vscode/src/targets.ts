// Commands on databases. The server does them, asks before it changes something, and says what came of it.

import * as vscode from 'vscode';

import { LANGUAGE } from './client';
import { type Documents, documentUri } from './documents';
import type { Projects } from './projects';
import type { CommandResult } from './protocol';
import type { Session } from './session';

/** What is done with a target. */
export type TargetCommand = 'pgpe.checkDrift' | 'pgpe.plan' | 'pgpe.apply' | 'pgpe.refreshSchema';

const QUESTIONS: Record<TargetCommand, string> = {
  'pgpe.checkDrift': 'Database to compare with the policies',
  'pgpe.plan': 'Database to plan changes for',
  'pgpe.apply': 'Database to apply the policies to',
  'pgpe.refreshSchema': 'Database to read the schema of',
};

export class TargetCommands {
  constructor(
    private readonly session: Session,
    private readonly projects: Projects,
    private readonly documents: Documents,
  ) {}

  /** Does it for the target that is named, or the one that is chosen where there are several. */
  async run(command: TargetCommand, target?: unknown, uri?: unknown): Promise<unknown> {
    const file = typeof uri === 'string' ? this.session.uri(uri) : policyInEditor();
    const name = typeof target === 'string' ? target : await this.choose(command, file);
    if (name === undefined) {
      return undefined;
    }
    if (command === 'pgpe.apply') {
      // The plan that the question is about is written there.
      this.session.log.show(true);
    }
    const parameters = [name, file === undefined ? null : this.session.name(file)];
    const result = await this.session.execute<CommandResult>(command, parameters);
    if (command === 'pgpe.plan' && result?.text !== undefined) {
      await this.documents.showBeside(documentUri('plan', `Plan for ${name ?? 'the database'}.txt`), result.text);
    }
    return result;
  }

  /** `null` if there is nothing to choose: the server knows what is meant, or says what is missing. */
  private async choose(command: TargetCommand, file: vscode.Uri | undefined): Promise<string | null | undefined> {
    const targets = this.projects.targets(file);
    if (targets.length < 2) {
      return null;
    }
    const items = targets.map((it) => ({
      label: it.name,
      description: it.protected ? 'protected' : '',
    }));
    return (await vscode.window.showQuickPick(items, { placeHolder: QUESTIONS[command] }))?.label;
  }
}

function policyInEditor(): vscode.Uri | undefined {
  const document = vscode.window.activeTextEditor?.document;
  return document?.languageId === LANGUAGE ? document.uri : undefined;
}

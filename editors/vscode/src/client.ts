// The language client: what VS Code's own does not do in the way that is wanted here.

import { workspace, type LogOutputChannel } from 'vscode';
import {
  type ClientCapabilities,
  type DocumentSelector,
  type DynamicFeature,
  LanguageClient,
  RevealOutputChannelOn,
  type StaticFeature,
  TransportKind,
} from 'vscode-languageclient/node';

export const LANGUAGE = 'pgpe-policy';

const POLICIES: DocumentSelector = [
  { scheme: 'file', language: LANGUAGE },
  { scheme: 'untitled', language: LANGUAGE },
];

/** Policies, and what they are checked against: unsaved edits of all of them count. */
const PROJECT_FILES: DocumentSelector = [
  ...POLICIES,
  { scheme: 'file', pattern: '**/*.sql' },
  { scheme: 'file', pattern: '**/pgpe.yaml' },
];

/** In SQL and YAML, other extensions do these; an empty answer would be in their way. */
const FOR_POLICIES_ONLY = new Set([
  'textDocument/formatting',
  'textDocument/rangeFormatting',
  'textDocument/onTypeFormatting',
  'textDocument/foldingRange',
  'textDocument/semanticTokens',
  'textDocument/selectionRange',
  'textDocument/signatureHelp',
  'textDocument/documentSymbol',
  'textDocument/inlayHint',
  'textDocument/codeLens',
]);

/** Commands that this extension carries out where the server only names them. */
const CLIENT_COMMANDS = ['pgpe.previewSql', 'pgpe.showCounterexample'];

type Feature = StaticFeature | DynamicFeature<unknown>;

export class PolicyClient extends LanguageClient {
  constructor(program: string, environment: Record<string, string>, log: LogOutputChannel) {
    const run = {
      command: program,
      args: ['lsp'],
      transport: TransportKind.stdio,
      options: { env: { ...process.env, ...environment } },
    };
    super('pgpe', 'pgpe', run, {
      documentSelector: PROJECT_FILES,
      outputChannel: log,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions: () => workspace.getConfiguration().get('pgpe') ?? {},
      synchronize: { configurationSection: 'pgpe' },
      markdown: { supportHtml: false },
    });
    this.registerFeature(new ExtensionFeature());
  }

  // The client passes all of its own features through here.
  override registerFeature(feature: Feature): void {
    const method = 'registrationType' in feature ? feature.registrationType.method : undefined;
    if (method === 'workspace/executeCommand') {
      // The extension registers the commands: they are there before the server is, and ask for what is missing.
      feature.initialize = () => {};
      (feature as DynamicFeature<unknown>).register = () => {};
    } else if (method !== undefined && FOR_POLICIES_ONLY.has(method)) {
      const initialize = feature.initialize.bind(feature);
      feature.initialize = (capabilities) => initialize(capabilities, POLICIES);
    }
    super.registerFeature(feature);
  }
}

/** Tells the server what this extension can do. */
class ExtensionFeature implements StaticFeature {
  fillClientCapabilities(capabilities: ClientCapabilities): void {
    capabilities.experimental = {
      ...(capabilities.experimental as object | undefined),
      statusNotification: true,
      commands: { commands: CLIENT_COMMANDS },
    };
  }

  initialize(): void {}

  getState() {
    return { kind: 'static' } as const;
  }

  clear(): void {}
}

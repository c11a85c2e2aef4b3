// What the server understands beyond the Language Server Protocol.

import type { Position, Range } from 'vscode-languageserver-protocol';

/** Asks for the SQL that a policy compiles to. */
export const COMPILED_SQL = 'pgpe/compiledSql';

/** Asks for the state of each project. */
export const STATUS = 'pgpe/status';

/** The state of a project may be another now. */
export const STATUS_CHANGED = 'pgpe/statusChanged';

export interface CompiledSqlParams {
  textDocument: { uri: string };
  /** Where the cursor is: the policy there is meant. */
  position?: Position;
  /** Which of its tables, as one of `CompiledSql.tables`. */
  table?: string;
}

export interface CompiledSql {
  text: string;
  policy: string | null;
  /** The table whose SQL this is. */
  table: string | null;
  /** All tables that the policy governs. */
  tables: string[];
  /** Which part of a policy each part of the SQL comes from. */
  map: Origin[];
  /** Lines of SQL that are others than those of the saved text. */
  changed: Range[];
}

export interface Origin {
  sql: Range;
  policy: Range;
  /** The file of `policy`. */
  uri: string;
}

export interface Status {
  projects: ProjectStatus[];
}

export interface ProjectStatus {
  /** The project's folder. */
  root: string;
  schema: { kind: 'file' | 'snapshot' | 'target' | 'none'; source: string | null; tables: number };
  targets: Target[];
  summary: Summary;
  /** `pgpe.yaml` has an error, so that nothing is proved. */
  misconfigured: boolean;
}

export interface Target {
  name: string;
  /** It can't be applied to from an editor. */
  protected: boolean;
}

/** What the last check has come to, counted as `pgpe check` does. */
export interface Summary {
  errors: number;
  warnings: number;
  /** All other findings. */
  notes: number;
  /** Tables and commands whose isolation is proven, and so on. */
  proven: number;
  failed: number;
  unknown: number;
  /** Questions of all proofs that have no answer yet. */
  pending: number;
  /** Tables that policies govern, whether or not there is a verdict on their isolation. */
  tables: number;
}

export interface Counterexample {
  title: string;
  markdown: string;
}

/** What commands on targets give. */
export interface CommandResult {
  text?: string;
}

/** Codes of the protocol's errors that are handled by themselves. */
export const ErrorCodes = {
  methodNotFound: -32601,
  requestFailed: -32803,
  serverCancelled: -32802,
  contentModified: -32801,
  requestCancelled: -32800,
} as const;

/** The code of a failed request, where it has one. */
export function errorCode(error: unknown): number | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'number' ? code : undefined;
}

/** Whether a request only came at a bad moment: somebody took it back, or an edit overtook it. */
export function isOvertaken(error: unknown): boolean {
  const code = errorCode(error);
  return (
    code === ErrorCodes.contentModified ||
    code === ErrorCodes.requestCancelled ||
    code === ErrorCodes.serverCancelled ||
    (error as { name?: unknown } | null)?.name === 'Canceled'
  );
}

// All verdicts of all projects, as Markdown.

import { escape, findings as counted, isolation } from './statusText';

/** `pgpe analyze --format json`, as far as it is shown. */
export interface Report {
  findings: { rule: string; severity: string; message: string; file?: string; range?: { start: { line: number } } }[];
  tables: { schema: string; table: string; commands: Record<string, Record<string, unknown>> }[];
  summary: { errors: number; warnings: number; proven: number; failed: number; unknown: number };
}

export interface Analysis {
  projects: { root: string; report: Report }[];
}

const MARKS: Record<string, string> = { PROVEN: '✓', FAILED: '✗', UNKNOWN: '?', DENIED: '–', EXEMPT: 'exempt' };
const NO_TABLES = 'No table is governed by a policy: policies are in `*.policy` files, tables in the schema.';
const LEGEND = '✓ proven · ✗ failed · ? unknown · – no access';

/** The worst of several verdicts stands for them. */
const WORST_FIRST = ['FAILED', 'UNKNOWN', 'PROVEN', 'EXEMPT', 'DENIED'];

/** Sums up an analysis. `name` gives a folder's name. */
export function analysisText({ projects }: Analysis, name: (root: string) => string): string {
  const parts = projects.map(({ root, report }) => `# ${escape(name(root))}\n\n${describe(report)}`);
  return parts.length === 0 ? 'No project is open.\n' : parts.join('\n');
}

function describe({ findings, tables, summary }: Report): string {
  const proofs = [...new Set(tables.flatMap((table) => Object.values(table.commands).flatMap(proofsOf)))];
  const notes = findings.length - summary.errors - summary.warnings;
  const verdicts = isolation(summary);
  const isolated = verdicts === '' ? '' : ` Tenant isolation, by table and command: ${verdicts}.`;
  const head = `${counted({ ...summary, notes }) || 'No findings'}.${isolated}`;
  const rows = tables.map((table) => {
    const cells = proofs.map((proof) => cell(Object.values(table.commands).map((command) => command[proof])));
    return `| ${escape(table.schema)}.${escape(table.table)} | ${cells.join(' | ')} |`;
  });
  const matrix = [`| table | ${proofs.join(' | ')} |`, `|---|${proofs.map(() => ':-:|').join('')}`, ...rows, '', LEGEND];
  const list = findings.map((it) => `- **${it.severity}** ${placeOf(it)}${escape(it.message)} (${it.rule})`);
  return [head, '', ...(rows.length === 0 ? [NO_TABLES] : matrix), '', ...list, ''].join('\n');
}

function proofsOf(command: Record<string, unknown>): string[] {
  return Object.keys(command).filter((proof) => typeof command[proof] === 'string');
}

function cell(verdicts: unknown[]): string {
  const worst = WORST_FIRST.find((verdict) => verdicts.includes(verdict));
  return worst === undefined ? '' : (MARKS[worst] ?? worst);
}

function placeOf({ file, range }: Report['findings'][number]): string {
  return file === undefined ? '' : `${escape(file)}${range === undefined ? '' : `:${range.start.line}`}: `;
}

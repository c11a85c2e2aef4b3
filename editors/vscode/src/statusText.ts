// The words of the status item.

import type { ProjectStatus, Status, Summary } from './protocol';

export interface Shown {
  /** What stands in the status bar, icons as `$(name)`. */
  text: string;
  severity: 'good' | 'warning' | 'error';
  /** Markdown, by project. */
  details: string;
}

const NOTHING: Summary = { errors: 0, warnings: 0, notes: 0, proven: 0, failed: 0, unknown: 0, pending: 0, tables: 0 };

/** Why nothing can be proved: in the status bar, and with what there is to do. */
const TROUBLES = {
  misconfigured: {
    short: 'pgpe.yaml has an error',
    advice: 'pgpe.yaml has an error: correct it first, nothing is proved before.',
  },
  schemaless: {
    short: 'no schema',
    advice:
      'No schema is known, so nothing is proved: put the output of `pg_dump --schema-only` into schema.sql, or name the file in pgpe.yaml under `schema`.',
  },
  unisolated: {
    short: 'isolation not proved',
    advice:
      'Isolation is proved of no table: none has the column that says whose a row is (tenant_id, unless pgpe.yaml names another one under `isolation`), or all are exempt.',
  },
};

type Trouble = keyof typeof TROUBLES;

/** Sums up the state of all projects. `name` gives a folder's name. */
export function summarize(status: Status, name: (root: string) => string): Shown {
  const details = status.projects.map((it) => describe(it, name(it.root))).join('\n\n---\n\n');
  return { ...headline(status.projects), details: details === '' ? 'No project is open.' : details };
}

function add(one: Summary, other: Summary): Summary {
  const keys = Object.keys(NOTHING) as (keyof Summary)[];
  return keys.reduce((sum, key) => ({ ...sum, [key]: one[key] + other[key] }), NOTHING);
}

function headline(projects: ProjectStatus[]): Pick<Shown, 'text' | 'severity'> {
  const all = projects.map((it) => it.summary).reduce(add, NOTHING);
  if (all.pending > 0) {
    return { text: `$(sync~spin) pgpe: proving ${all.pending}`, severity: 'good' };
  }
  const trouble = worstTrouble(projects, all);
  const state = trouble === undefined ? isolation(all) : TROUBLES[trouble].short;
  const count = all.errors + all.warnings + all.notes;
  const parts = [state, count > 0 ? counted(count, 'finding') : ''].filter((part) => part !== '');
  const text = parts.length === 0 ? 'pgpe' : `pgpe: ${parts.join(' · ')}`;
  if (all.failed > 0) {
    return { text: `$(error) ${text}`, severity: 'error' };
  }
  if (trouble === 'misconfigured') {
    return { text: `$(warning) ${text}`, severity: 'warning' };
  }
  if (all.unknown > 0) {
    return { text: `$(question) ${text}`, severity: 'warning' };
  }
  if (all.errors > 0) {
    return { text: `$(error) ${text}`, severity: 'warning' };
  }
  if (trouble === 'schemaless') {
    return { text: `$(warning) ${text}`, severity: 'warning' };
  }
  const icon = all.warnings > 0 ? 'warning' : all.proven > 0 ? 'pass' : 'shield';
  return { text: `$(${icon}) ${text}`, severity: 'good' };
}

/** The trouble that is to be told in the place of verdicts. */
function worstTrouble(projects: ProjectStatus[], all: Summary): Trouble | undefined {
  const troubles = new Set(projects.map(troubleOf));
  // A leak elsewhere is worse.
  if (troubles.has('misconfigured') && all.failed === 0) {
    return 'misconfigured';
  }
  // A folder may be open beside the project that one works in: it is no trouble that nothing is proved there.
  return isolation(all) === '' ? (['schemaless', 'unisolated'] as const).find((it) => troubles.has(it)) : undefined;
}

/** Why nothing can be proved of a project. */
function troubleOf({ misconfigured, schema, summary }: ProjectStatus): Trouble | undefined {
  if (misconfigured) {
    return 'misconfigured';
  }
  if (schema.kind === 'none') {
    return 'schemaless';
  }
  return summary.tables > 0 && summary.pending === 0 && isolation(summary) === '' ? 'unisolated' : undefined;
}

type Verdicts = Pick<Summary, 'proven' | 'failed' | 'unknown'>;

/** Tenant isolation, by table and command, in the command line's words; nothing if there is no verdict. */
export function isolation({ proven, failed, unknown }: Verdicts): string {
  return listed([proven, 'proven'], [failed, 'FAILED'], [unknown, 'unknown']);
}

/** The findings, in the command line's words; nothing if there are none. */
export function findings({ errors, warnings, notes }: Pick<Summary, 'errors' | 'warnings' | 'notes'>): string {
  const noun = (count: number, name: string): [number, string] => [count, count === 1 ? name : `${name}s`];
  return listed(noun(errors, 'error'), noun(warnings, 'warning'), noun(notes, 'note'));
}

function listed(...counts: [number, string][]): string {
  return counts.flatMap(([count, noun]) => (count > 0 ? [`${count} ${noun}`] : [])).join(', ');
}

function describe(project: ProjectStatus, name: string): string {
  const trouble = troubleOf(project);
  return [
    `**${escape(name)}**`,
    '',
    ...(trouble === undefined ? [] : [TROUBLES[trouble].advice, '']),
    '| | |',
    '|---|---|',
    `| Schema | ${schema(project.schema)} |`,
    `| Tenant isolation, by table and command | ${proofs(project.summary)} |`,
    `| Findings | ${findings(project.summary) || 'none'} |`,
    `| Targets | ${targets(project.targets)} |`,
  ].join('\n');
}

function schema({ kind, source, tables }: ProjectStatus['schema']): string {
  if (kind === 'none') {
    return 'none';
  }
  const what = { file: '', snapshot: 'snapshot ', target: 'target ' }[kind];
  return `${what}${source === null ? '' : `${escape(source)}, `}${counted(tables, 'table')}`;
}

function proofs(summary: Summary): string {
  const open = summary.pending > 0 ? [`${counted(summary.pending, 'proof')} pending`] : [];
  return [isolation(summary), ...open].filter((part) => part !== '').join(', ') || 'none';
}

function targets(known: ProjectStatus['targets']): string {
  const parts = known.map((it) => (it.protected ? `${escape(it.name)} (protected)` : escape(it.name)));
  return parts.length === 0 ? 'none' : parts.join(', ');
}

function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`;
}

/** Text as Markdown that shows it, inside a table too. */
export function escape(text: string): string {
  return text.replace(/[\\`*_{}[\]()#|<>~&$]/g, '\\$&');
}

// The words of the status item.

import type { ProjectStatus, Proofs, Status } from './protocol';

export interface Summary {
  /** What stands in the status bar, icons as `$(name)`. */
  text: string;
  severity: 'good' | 'warning' | 'error';
  /** Markdown. */
  details: string;
}

/** Sums up the state of all projects. `name` gives a folder's name. */
export function summarize(status: Status, name: (root: string) => string): Summary {
  const proofs = status.projects.map((it) => it.proofs).reduce(add, { proven: 0, failed: 0, unknown: 0, pending: 0 });
  const details = status.projects.map((it) => describe(it, name(it.root))).join('\n\n---\n\n');
  return { ...headline(proofs), details: details === '' ? 'No project is open.' : details };
}

function add(one: Proofs, other: Proofs): Proofs {
  return {
    proven: one.proven + other.proven,
    failed: one.failed + other.failed,
    unknown: one.unknown + other.unknown,
    pending: one.pending + other.pending,
  };
}

function headline(proofs: Proofs): Pick<Summary, 'text' | 'severity'> {
  if (proofs.pending > 0) {
    return { text: `$(sync~spin) pgpe: proving ${proofs.pending}`, severity: 'good' };
  }
  if (proofs.failed > 0) {
    return { text: `$(error) pgpe: ${proofs.failed} failed`, severity: 'error' };
  }
  if (proofs.unknown > 0) {
    return { text: `$(question) pgpe: ${proofs.unknown} unknown`, severity: 'warning' };
  }
  return proofs.proven > 0
    ? { text: `$(pass) pgpe: ${proofs.proven} proven`, severity: 'good' }
    : { text: '$(shield) pgpe', severity: 'good' };
}

function describe(project: ProjectStatus, name: string): string {
  return [
    `**${escape(name)}**`,
    '',
    '| | |',
    '|---|---|',
    `| Schema | ${schema(project.schema)} |`,
    `| Proofs | ${proofs(project.proofs)} |`,
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

function proofs(counts: Proofs): string {
  const parts = (['proven', 'failed', 'unknown', 'pending'] as const)
    .filter((kind) => counts[kind] > 0)
    .map((kind) => `${counts[kind]} ${kind}`);
  return parts.length === 0 ? 'none' : parts.join(', ');
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

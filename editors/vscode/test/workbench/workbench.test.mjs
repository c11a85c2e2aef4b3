// The packaged extension in a real workbench, on the project that leaks.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';

import { Scene } from './scene.mjs';
import { until, Workbench } from './workbench.mjs';

const PREVIEW = { $uri: 'pgpe:/preview/Policy%20Preview.sql' };

let workbench;
let policy;
const scene = new Scene();
const { check } = scene;

before(async () => {
  workbench = await Workbench.open('leaky');
  policy = workbench.uri('helpdesk.policy');
  await scene.begin(workbench, policy);
});

after(() => workbench?.close());

check('leaks are underlined', async () => {
  assert.equal(await workbench.ask('language', policy), 'pgpe-policy');
  const { line } = await scene.lineOf("OR CLAUSE col('status')");
  const leak = await scene.finding('tenant-isolation', line);
  assert.equal(leak.source, 'pgpe');
  assert.equal(leak.severity, 'Error');
  assert.ok(leak.page.endsWith('/tenant-isolation'), leak.page);
  await workbench.page.waitForSelector('.squiggly-error');
});

check('the status bar says what the command line says', async () => {
  const said = await workbench.pgpe('check');
  const [, findings, isolation] = /^(.*)\. Tenant isolation, by table and command: (.*)\.$/m.exec(said);
  const count = findings.split(', ').reduce((sum, part) => sum + parseInt(part, 10), 0);
  assert.match(isolation, /^\d+ proven, \d+ FAILED$/);
  await workbench.page.locator('.statusbar-item', { hasText: `pgpe: ${isolation} · ${count} findings` }).waitFor();
});

check('hovering over a policy shows its SQL', async () => {
  const { line, from } = await scene.lineOf('tickets_or_public');
  const text = await workbench.ask('hover', policy, { $position: [line, from + 2] });
  assert.match(text, /CREATE POLICY tickets_or_public_tickets/);
  const name = workbench.page.locator('.view-line', { hasText: 'tickets_or_public' }).locator('span span').last();
  await name.hover();
  await workbench.page.waitForSelector('.monaco-hover:has-text("CREATE POLICY")');
  await workbench.picture('hover');
});

check('lenses above a policy say how it stands, and open what it is about', async () => {
  const { line } = await scene.lineOf('tickets_or_public');
  const lenses = await until('the policy is said to leak', async () => {
    const found = await workbench.ask('lenses', policy);
    const here = found.filter((it) => it.line === line);
    return here.some((it) => it.title === '1 table · leaks') && here;
  });
  assert.ok(lenses.some((it) => it.command === 'pgpe.previewSql'), JSON.stringify(lenses));
  const lens = lenses.find((it) => it.command === 'pgpe.showCounterexample');
  assert.ok(lens, JSON.stringify(lenses));
  await workbench.page.locator('.codelens-decoration', { hasText: '1 table · leaks' }).first().getByText(lens.title).click();
  const tab = await until('its counterexample is open', async () => (await workbench.ask('tabs'))[1]?.[0]);
  assert.match(tab, /^Preview /);
  const frame = workbench.page.frameLocator('iframe.webview').frameLocator('#active-frame');
  await frame.getByText('tickets_or_public').first().waitFor();
  await workbench.picture('leak');
  await workbench.command('workbench.action.closeAllEditors');
  await workbench.ask('open', policy);
});

check('a quick fix mends what it is for', async () => {
  await scene.replace("= lit('public')", '= lit(null)');
  const { line, range } = await scene.finding('null-comparison');
  const at = { $range: [range[0].line, range[0].character, range[1].line, range[1].character] };
  const actions = await workbench.ask('actions', policy, at);
  const fix = actions.find((it) => it.kind === 'quickfix' && it.title.includes('IS NULL'));
  assert.ok(fix, JSON.stringify(actions));
  await workbench.ask('actions', policy, at, fix.title);
  await until('the finding is gone', async () => {
    const found = await workbench.ask('diagnostics', policy);
    return found.length > 0 && !found.some((it) => it.rule === 'null-comparison');
  });
  assert.ok((await workbench.ask('text', policy)).split('\n')[line].includes("col('status') IS NULL"));
  await scene.replace("col('status') IS NULL", "col('status') = lit('public')");
});

/** Waits until the preview shows something. */
function shows(part) {
  return until(`the preview shows ${part}`, async () => (await workbench.ask('text', PREVIEW)).includes(part));
}

check('the preview follows the cursor', async () => {
  await scene.cursorAt('tickets_or_public');
  await workbench.command('pgpe.previewSql');
  await shows('CREATE POLICY tickets_or_public_tickets');
  assert.ok((await workbench.ask('visible')).includes(PREVIEW.$uri));
  await scene.cursorAt('own_agents');
  await shows('CREATE POLICY own_agents_agents');
});

check('the preview follows what is typed, and marks it until it is saved', async () => {
  const heading = workbench.page.locator('.codelens-decoration', { hasText: /differs? from what is saved/ });
  const { line, to } = await scene.lineOf('own_agents');
  await scene.cursorTo(line, to);
  await workbench.page.keyboard.type('_now');
  await shows('CREATE POLICY own_agents_now_agents');
  await heading.first().waitFor();
  await workbench.page.keyboard.press('Control+S');
  await heading.first().waitFor({ state: 'detached' });
  assert.equal((await scene.lineOf('own_agents_now')).line, line);
});

check('where a policy governs many tables, one is chosen', async () => {
  const { line } = await scene.lineOf('own_agents_now');
  await workbench.ask('replace', policy, { $range: [line + 3, 0, line + 4, 0] }, "  SELECTOR has_column('account_id')\n");
  const heading = workbench.page.locator('.codelens-decoration', { hasText: /1 of \d+ tables of own_agents_now/ });
  await heading.getByText('Choose another').click();
  await workbench.page.locator('.quick-input-widget').waitFor();
  await workbench.page.keyboard.type('public.exports');
  await workbench.page.keyboard.press('Enter');
  await shows('ON public.exports');
  // The choice stays when the cursor comes back.
  await scene.cursorAt('tickets_or_public');
  await shows('ON public.tickets');
  await scene.cursorTo(line + 4, 12);
  await shows('ON public.exports');
  await workbench.page.locator('.codelens-decoration', { hasText: /public.exports, \d of \d+ tables/ }).waitFor();
  await workbench.picture('preview');
});

check('all verdicts are a document', async () => {
  const { projects } = await workbench.command('pgpe.analyzeWorkspace');
  assert.ok(projects[0].report.summary.failed > 0);
  const frame = workbench.page.frameLocator('iframe.webview').frameLocator('#active-frame');
  await frame.getByText('public.exports').first().waitFor();
  await workbench.picture('analysis');
});

check('a program that is missing is told, and is started as soon as it is there', async () => {
  await workbench.ask('configure', 'pgpe.server.path', '/nowhere/pgpe');
  const toast = workbench.page.locator('.notification-toast', { hasText: '/nowhere/pgpe' });
  await toast.getByText('How to Install').waitFor();
  await workbench.picture('missing');
  await until('its findings are gone', async () => (await workbench.ask('diagnostics', policy)).length === 0);
  await workbench.ask('configure', 'pgpe.server.path', null);
  await scene.finding('tenant-isolation');
});

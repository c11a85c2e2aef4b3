// What helps in writing: fixes of leaks, hints, completion, rename, signatures, and the project's configuration.

import assert from 'node:assert/strict';
import { after, before } from 'node:test';

import { Scene } from './scene.mjs';
import { until, Workbench } from './workbench.mjs';

const EVERYWHERE = { $range: [0, 0, 1000, 0] };

let workbench;
let page;
const scene = new Scene();
const { check } = scene;

before(async () => {
  workbench = await Workbench.open('hospital');
  page = workbench.page;
  await scene.begin(workbench, workbench.uri('care.policy'));
});

after(() => workbench?.close());

/** The squiggles of errors in what is seen of the file. */
function squiggles() {
  return page.locator('.squiggly-error').count();
}

/** Chooses one of the suggestions at the cursor, as one does. */
async function choose(label) {
  await workbench.command('editor.action.triggerSuggest');
  const widget = page.locator('.suggest-widget.visible');
  const row = widget.locator('.monaco-list-row').filter({ has: page.locator('.label-name', { hasText: new RegExp(`^${label}$`) }) });
  await row.first().waitFor();
  await workbench.picture(`completion ${label}`);
  await row.first().click();
  await widget.waitFor({ state: 'hidden' });
}

check('a leak has a fix that mends it', async () => {
  const own = "CLAUSE col('id') = session('app.hospital_id')";
  await until('nothing leaks at first', async () => {
    const lenses = await workbench.ask('lenses', scene.file);
    return lenses.some((it) => it.title === '1 table · isolated');
  });
  assert.equal(await squiggles(), 0);
  const { line } = await scene.lineOf(own);
  await scene.replace(own, `${own}\n  OR CLAUSE col('city') = lit('Bern')`);
  const leak = await scene.finding('tenant-isolation', line + 1);
  assert.equal(leak.severity, 'Error');
  await until('it is underlined', squiggles);
  const leaking = await scene.text();
  await scene.cursorAt("col('city')");
  await workbench.command('editor.action.quickFix');
  const fix = page.locator('.action-widget .action', { hasText: "Let only the session's own rows pass, by id" });
  await fix.waitFor();
  await workbench.picture('fixes of a leak');
  await fix.click();
  await until('it no longer leaks', async () => {
    const lenses = await workbench.ask('lenses', scene.file);
    const found = await scene.diagnostics();
    return lenses.some((it) => it.title === '1 table · isolated') && !found.some((it) => it.rule === 'tenant-isolation');
  });
  assert.notEqual(await scene.text(), leaking);
  await until('the squiggle is gone', async () => (await squiggles()) === 0);
  await workbench.command('workbench.action.files.revert');
});

check('hints say what is left unsaid, unless they are switched off', async () => {
  const labels = async () => (await workbench.ask('hints', scene.file, EVERYWHERE)).map((it) => it.label);
  await until('columns have types', async () => (await labels()).includes(': uuid'));
  const shown = await workbench.ask('hints', scene.file, EVERYWHERE);
  const { line, to } = await scene.lineOf("has_column('is_sealed')");
  const tables = shown.find((it) => it.line === line);
  assert.deepEqual(tables, { label: '→ patients', line, character: to });
  const traversal = await scene.lineOf('rel(_, patient_id');
  assert.ok(shown.some((it) => it.line === traversal.line && it.label.includes('admissions')), JSON.stringify(shown));
  // Spaces are shown by others that do not break.
  const inText = page.locator('.view-line', { hasText: /col\('id'\):\suuid/ });
  await inText.first().waitFor();
  await workbench.ask('configure', 'pgpe.inlayHints.columnTypes', false);
  await until('types are gone', async () => !(await labels()).includes(': uuid'));
  assert.ok((await labels()).includes('→ patients'));
  await inText.first().waitFor({ state: 'detached' });
  await workbench.ask('configure', 'pgpe.inlayHints.columnTypes', null);
  await until('types are back', async () => (await labels()).includes(': uuid'));
});

check('what is chosen of what is offered stands in the text', async () => {
  const { line } = await scene.lineOf("CLAUSE col('is_sealed')");
  await scene.cursorBehind("CLAUSE col('is_sealed') = lit(false)");
  await scene.type(" AND col('");
  await choose('full_name');
  const whole = (await scene.text()).split('\n')[line];
  assert.equal(whole, "  CLAUSE col('is_sealed') = lit(false) AND col('full_name')");
  // Only what the table has is offered, and its own columns come first.
  const { to } = await scene.lineOf("col('full_name");
  const offered = await workbench.ask('completions', scene.file, { $position: [line, to] });
  assert.ok(offered.includes('born_on') && !offered.includes('dose_mg'), JSON.stringify(offered));
  await workbench.command('workbench.action.files.revert');
});

check('a traversal is offered as a whole', async () => {
  await scene.cursorBehind("SELECTOR named('admissions')");
  await scene.press('Enter');
  await scene.type('CLAUSE ');
  const { line } = await scene.lineOf("SELECTOR named('admissions')");
  const offered = await workbench.ask('completions', scene.file, { $position: [line + 1, 9] });
  const traversal = offered.find((it) => it.includes('patient_id') && it.includes('patients'));
  assert.ok(traversal, JSON.stringify(offered));
  await choose(traversal.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const after = (await scene.text()).split('\n').slice(line + 1, line + 8).join('\n');
  assert.match(after, /exists\(\s*rel\(_, patient_id, patients, id\)/);
  await scene.press('Escape');
  await workbench.command('workbench.action.files.revert');
});

check('the arguments of a form are told while they are written', async () => {
  const { line, from } = await scene.lineOf('rel(_, patient_id, patients, id)');
  const at = (text) => ({ $position: [line, from + text.length] });
  const second = await workbench.ask('signatures', scene.file, at('rel(_, '));
  assert.match(second.labels.join(), /^rel\(/);
  assert.equal(second.parameter, 1);
  assert.equal((await workbench.ask('signatures', scene.file, at('rel(_, patient_id, patients, '))).parameter, 3);
  await scene.cursorTo(line, from + 'rel(_, '.length);
  await workbench.command('editor.action.triggerParameterHints');
  await page.locator('.parameter-hints-widget.visible', { hasText: 'rel(' }).waitFor();
  await workbench.picture('signature');
  await scene.press('Escape');
});

check('a setting of the session is renamed in all files', async () => {
  const other = workbench.uri('office.policy');
  const counted = (text, what) => text.split(what).length - 1;
  const [here, there] = [await scene.text(), await workbench.ask('text', other)];
  assert.ok(counted(here, "'app.staff_id'") > 1 && counted(there, "'app.staff_id'") > 0);
  await scene.cursorAt('app.staff_id');
  // It ends when the name is entered.
  const renamed = workbench.command('editor.action.rename');
  const box = page.locator('.rename-box input');
  await box.waitFor();
  await box.fill('app.employee_id');
  await box.press('Enter');
  await renamed;
  await until('it is renamed', async () => (await scene.text()).includes('app.employee_id'));
  for (const [file, before] of [[scene.file, here], [other, there]]) {
    const after = await workbench.ask('text', file);
    assert.equal(after, before.replaceAll("'app.staff_id'", "'app.employee_id'"));
  }
  const { line } = await scene.lineOf('app.employee_id');
  await scene.cursorTo(line, 0);
  await workbench.command('undo');
  await until('it has its old name', async () => (await scene.text()) === here);
});

check('what belongs to the database is not renamed', async () => {
  const { line, from } = await scene.lineOf("col('hospital_id')");
  const asked = workbench.ask('rename', scene.file, { $position: [line, from + 6] }, 'clinic_id');
  await assert.rejects(asked, /database|schema/);
});

check('the configuration is checked, and completed', async () => {
  const policies = scene.file;
  await scene.show(workbench.uri('pgpe.yaml'));
  assert.equal(await workbench.ask('language', scene.file), 'yaml');
  await scene.replace('schema: {', 'shcema: {');
  const mistake = await scene.finding('config');
  assert.equal(mistake.line, (await scene.lineOf('shcema')).line);
  assert.equal(mistake.severity, 'Error');
  assert.match(mistake.message, /shcema/);
  await page.waitForSelector('.squiggly-error');
  await workbench.picture('configuration');
  await scene.replace('shcema: {', 'schema: {');
  await until('the mistake is gone', async () => (await scene.diagnostics()).length === 0);
  await scene.cursorBehind('version: 1');
  await scene.press('Enter');
  await scene.type('solv');
  await choose('solver');
  const { line } = await scene.lineOf('version: 1');
  assert.match((await scene.text()).split('\n')[line + 1], /^solver:/);
  await workbench.command('workbench.action.files.revert');
  await scene.show(policies);
});

// Commands on databases, with a real server: plan, apply with its question, drift, and what is refused.
//
// PGPE_TEST_URL names a database that has the schema of policies/saas; run.sh starts one.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before } from 'node:test';
import { promisify } from 'node:util';

import { Scene } from './scene.mjs';
import { until, Workbench } from './workbench.mjs';

const url = process.env.PGPE_TEST_URL;
const PLAN = { $uri: 'pgpe:/plan/Plan%20for%20dev.txt' };

let workbench;
let page;
const scene = new Scene();
const { check } = scene;

/** What a statement gives, on the database. */
async function sql(text) {
  const { stdout } = await promisify(execFile)('psql', ['-XAtq', '-v', 'ON_ERROR_STOP=1', '-c', text, url]);
  return stdout.trim();
}

const policies = async () => Number(await sql('SELECT count(*) FROM pg_policy'));

/** What is shown of the target in the file. */
async function drift() {
  const found = await scene.diagnostics();
  return found.filter((it) => it.source === 'pgpe (dev)').map((it) => [it.line, it.rule]);
}

function toast(text) {
  return page.locator('.notification-toast', { hasText: text });
}

before(async () => {
  assert.ok(url, 'PGPE_TEST_URL is not set: run test/run.sh');
  workbench = await Workbench.open('saas', (project) =>
    appendFile(
      path.join(project, 'pgpe.yaml'),
      `targets:\n  dev: { url: "${url}" }\n  prod: { url: "${url}", protected: true }\n`,
    ),
  );
  page = workbench.page;
  await scene.begin(workbench, workbench.uri('isolation.policy'));
});

after(() => workbench?.close());

check('a plan is a document, and changes nothing', async () => {
  await until('all is proved', async () => {
    const lenses = await workbench.ask('lenses', scene.file);
    return lenses.length > 0 && lenses.every((it) => !it.title.includes('proving'));
  });
  await workbench.command('pgpe.plan', 'dev');
  const text = await workbench.ask('text', PLAN);
  assert.match(text, /^plan for dev: \d+ statements on \d+ tables\n/);
  assert.match(text, /CREATE POLICY tenant_isolation_users\n +ON public\.users/);
  assert.ok((await workbench.ask('visible')).includes(PLAN.$uri));
  assert.equal(await policies(), 0);
  await workbench.picture('plan');
});

check('what is missing in the database is shown where its policy is', async () => {
  assert.deepEqual(await drift(), []);
  await workbench.command('pgpe.checkDrift', 'dev');
  const { line } = await scene.lineOf('tenant_isolation');
  await until('the drift is shown', async () => (await drift()).some((it) => it[0] === line && it[1] === 'missing_policy'));
});

check('applying asks first', async () => {
  const question = toast(/Apply \d+ statements on \d+ tables to dev/);
  const refused = workbench.command('pgpe.apply', 'dev');
  await question.getByRole('button', { name: 'Cancel' }).click();
  assert.equal((await refused).applied, false);
  assert.equal(await policies(), 0);
  const applied = workbench.command('pgpe.apply', 'dev');
  await question.waitFor();
  await workbench.picture('apply');
  assert.equal(await policies(), 0);
  await question.getByRole('button', { name: 'Apply to dev' }).click();
  assert.equal((await applied).applied, true);
  assert.ok((await policies()) > 0);
  await until('no drift is left', async () => (await drift()).length === 0);
});

check('drift is shown when it is looked for, and goes when it is mended', async () => {
  const was = await sql("SELECT qual FROM pg_policies WHERE policyname = 'soft_delete_projects'");
  await sql('ALTER POLICY soft_delete_projects ON projects USING (true)');
  await scene.cursorAt('soft_delete');
  await workbench.command('pgpe.checkDrift', 'dev');
  const { line } = await scene.lineOf('soft_delete');
  const found = await scene.finding('modified_policy', line);
  assert.equal(found.source, 'pgpe (dev)');
  assert.equal(found.severity, 'Error');
  assert.match(found.message, /^the policy soft_delete_projects of public\.projects is another on dev/);
  assert.deepEqual(await drift(), [[line, 'modified_policy']]);
  await page.waitForSelector('.squiggly-error');
  await workbench.picture('drift');
  await sql(`ALTER POLICY soft_delete_projects ON projects USING (${was})`);
  await workbench.command('pgpe.checkDrift', 'dev');
  await until('it is gone', async () => (await drift()).length === 0);
});

check('a protected target is not applied to', async () => {
  const before = await policies();
  await sql('DROP POLICY soft_delete_projects ON projects');
  // Nothing is named, so that one chooses.
  const command = workbench.command('pgpe.apply');
  await page.locator('.quick-input-widget .monaco-list-row', { hasText: 'protected' }).waitFor();
  await scene.type('prod');
  await scene.press('Enter');
  await toast('prod is protected').waitFor();
  await workbench.picture('protected');
  await workbench.command('notifications.clearAll');
  assert.equal(await command, null);
  assert.equal(await policies(), before - 1);
});

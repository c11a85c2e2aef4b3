-- Runs all cases, each in an editor of its own, and ends with an exit code.
--   PGPE_ROOT  the project's root
--   PGPE_HOME  an empty folder with the editor's configuration
local root, home = os.getenv('PGPE_ROOT'), os.getenv('PGPE_HOME')
local only = os.getenv('PGPE_ONLY')
package.path = root .. '/editors/neovim/test/?.lua;' .. package.path

local driver = require('driver')

local function say(text)
  io.stdout:write(text .. '\n')
  io.stdout:flush()
end

--- A copy of an example, for a case to edit.
local function copy_of(example, number)
  local folder = ('%s/projects/%d'):format(home, number)
  vim.fn.mkdir(folder, 'p')
  for _, path in ipairs(vim.fn.glob(('%s/policies/%s/*'):format(root, example), true, true)) do
    vim.fn.writefile(vim.fn.readfile(path, 'b'), folder .. '/' .. vim.fn.fnamemodify(path, ':t'), 'b')
  end
  return folder
end

local passed, failed, skipped = 0, 0, 0
local cases = vim.list_extend(vim.list_extend({}, require('cases')), require('beginning'))
for number, case in ipairs(cases) do
  local skip = case.needs and case.needs() or (only and not case.name:find(only, 1, true) and 'not asked for')
  if skip then
    skipped = skipped + 1
    say(('  skip %s: %s'):format(case.name, skip))
  else
    local editor = driver.start(home, copy_of(case.example or 'leaky', number))
    local ok, message = xpcall(case.run, debug.traceback, editor)
    local ended, why = pcall(editor.stop, editor)
    if ok and ended then
      passed = passed + 1
      say('  ok   ' .. case.name)
    else
      failed = failed + 1
      say(('  FAIL %s\n%s'):format(case.name, tostring(not ok and message or why)))
    end
  end
end
say(('%d passed, %d failed, %d skipped'):format(passed, failed, skipped))
vim.cmd(failed == 0 and passed > 0 and 'qall!' or 'cquit')

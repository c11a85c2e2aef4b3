--- The user's commands, and the server's own that lenses and code actions name.
local M = {}

local function targets()
  return require('pgpe.targets')
end

local function current()
  return vim.api.nvim_get_current_buf()
end

local function define(name, run, options)
  vim.api.nvim_create_user_command(name, run, options)
end

local function preview_command()
  define('PgpePreview', function(args)
    local preview = require('pgpe.preview')
    if args.bang then
      preview.close()
    else
      preview.open(current(), args.args)
    end
  end, {
    nargs = '?',
    bang = true,
    complete = function(start)
      return require('pgpe.preview').complete(start)
    end,
    desc = 'Show the SQL of the policy at the cursor, for a table if one is named',
  })
end

local function target_command(name, action, description)
  define(name, function(args)
    targets()[action](args.args, current())
  end, {
    nargs = '?',
    complete = function(start)
      return targets().complete(start, current())
    end,
    desc = description,
  })
end

local function user_commands()
  preview_command()
  define('PgpeCounterexample', function()
    require('pgpe.counterexample').at_cursor(current())
  end, { desc = 'Show two sessions and the rows that prove the finding at the cursor' })
  define('PgpeAnalyze', function()
    require('pgpe.analysis').show(current())
  end, { desc = 'Show all verdicts of the project' })
  target_command('PgpeDrift', 'drift', 'Compare a database with the project')
  target_command('PgpePlan', 'plan', 'Show what applying to a database would do')
  target_command('PgpeApply', 'apply', 'Show the plan for a database, and carry it out after a question')
  target_command('PgpeSchema', 'schema', "Read a database's schema anew")
end

local function with_target(action)
  return function(command, context)
    local target = (command.arguments or {})[1]
    targets()[action](target ~= vim.NIL and target or nil, context.bufnr)
  end
end

--- What the server would carry out as well, but whose results are to be seen.
local server_commands = {
  ['pgpe.checkDrift'] = with_target('drift'),
  ['pgpe.plan'] = with_target('plan'),
  ['pgpe.apply'] = with_target('apply'),
  ['pgpe.analyzeWorkspace'] = function(_, context)
    require('pgpe.analysis').show(context.bufnr)
  end,
  ['pgpe.showCounterexample'] = function(command, context)
    local uri, line, rule = unpack(command.arguments)
    require('pgpe.counterexample').show(context.bufnr, uri, line, rule)
  end,
  ['pgpe.previewSql'] = function(command, context)
    local _, position = unpack(command.arguments)
    require('pgpe.preview').open_at(context.bufnr, position)
  end,
}

--- The names of those.
M.shown = vim.tbl_keys(server_commands)
table.sort(M.shown)

--- Defines all of them.
function M.define()
  user_commands()
  for name, run in pairs(server_commands) do
    vim.lsp.commands[name] = run
  end
end

return M

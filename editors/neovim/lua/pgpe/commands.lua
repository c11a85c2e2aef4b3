--- The user's commands, and the server's own that lenses and code actions name.
local M = {}

local function targets()
  return require('pgpe.targets')
end

local function current()
  return vim.api.nvim_get_current_buf()
end

local function user_commands()
  local define = vim.api.nvim_create_user_command
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
    desc = 'Show the SQL of the policy at the cursor, of a table if one is named',
  })
  for name, action in pairs({ PgpeDrift = 'drift', PgpePlan = 'plan', PgpeApply = 'apply' }) do
    local descriptions = {
      drift = 'Compare a database with the project',
      plan = 'Show what applying to a database would do',
      apply = 'Show the plan for a database, and carry it out after a question',
    }
    define(name, function(args)
      targets()[action](args.args, current())
    end, { nargs = '?', desc = descriptions[action] })
  end
  define('PgpeCounterexample', function()
    require('pgpe.counterexample').at_cursor(current())
  end, { desc = 'Show two sessions and the rows that prove the finding at the cursor' })
end

--- What the server would carry out as well, but whose results are to be seen.
local function server_commands()
  local function with_target(action)
    return function(command, context)
      local target = (command.arguments or {})[1]
      targets()[action](target ~= vim.NIL and target or nil, context.bufnr)
    end
  end
  vim.lsp.commands['pgpe.checkDrift'] = with_target('drift')
  vim.lsp.commands['pgpe.plan'] = with_target('plan')
  vim.lsp.commands['pgpe.apply'] = with_target('apply')
  vim.lsp.commands['pgpe.showCounterexample'] = function(command, context)
    local uri, line, rule = unpack(command.arguments)
    require('pgpe.counterexample').show(context.bufnr, uri, line, rule)
  end
end

--- Defines all of them.
function M.define()
  user_commands()
  server_commands()
end

return M

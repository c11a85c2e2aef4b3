--- What can be done with the databases that pgpe.yaml names.
local scratch = require('pgpe.scratch')
local server = require('pgpe.server')

local M = {}

local function execute(command, target, bufnr, handle)
  local client = server.client_or_tell(bufnr)
  if client then
    local name = target ~= nil and target ~= '' and target or vim.NIL
    server.execute(client, bufnr, command, { name, vim.uri_from_bufnr(bufnr) }, handle)
  end
end

--- Compares a database with the project. What differs also becomes diagnostics.
function M.drift(target, bufnr)
  execute('pgpe.checkDrift', target, bufnr, function(result)
    scratch.show('drift', 'pgpe-report', result.text)
  end)
end

--- Shows what applying would do.
function M.plan(target, bufnr)
  execute('pgpe.plan', target, bufnr, function(result)
    scratch.show('plan', 'pgpe-report', result.text)
  end)
end

--- Reads a database's schema into the project's, if that is where it comes from.
function M.schema(target, bufnr)
  execute('pgpe.refreshSchema', target, bufnr, function() end)
end

--- The names of targets that begin so.
function M.complete(start, bufnr)
  local client = server.client(bufnr)
  local status = client and server.request_now(client, bufnr, 'pgpe/status', {})
  local names = {}
  for _, project in ipairs(status and status.projects or {}) do
    for _, target in ipairs(project.targets) do
      if vim.startswith(target.name, start) then
        table.insert(names, target.name)
      end
    end
  end
  return names
end

--- Shows the plan, and carries it out if the answer to the server's question is yes.
function M.apply(target, bufnr)
  execute('pgpe.plan', target, bufnr, function(plan)
    local _, window = scratch.show('plan', 'pgpe-report', plan.text)
    execute('pgpe.apply', target, bufnr, function(result)
      if result.applied and vim.api.nvim_win_is_valid(window) then
        vim.api.nvim_win_close(window, true)
      end
      if not result.applied and result.statements > 0 then
        vim.notify('pgpe: nothing was changed')
      end
    end)
  end)
end

return M

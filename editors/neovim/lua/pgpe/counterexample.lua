--- Counterexamples as documents: the sessions, the rows, and the way through the clauses.
local scratch = require('pgpe.scratch')
local server = require('pgpe.server')

local M = {}

--- Shows that of a rule's finding in a line, counted from 0.
function M.show(bufnr, uri, line, rule)
  local client = server.client_or_tell(bufnr)
  if not client then
    return
  end
  server.execute(client, bufnr, 'pgpe.showCounterexample', { uri, line, rule }, function(result)
    if result then
      scratch.show('counterexample', 'markdown', result.markdown)
    else
      vim.notify('pgpe: there is no counterexample here')
    end
  end)
end

--- The rules of the findings that begin in a line or stretch over it, without repetition.
local function rules_at(bufnr, line)
  local rules, known = {}, {}
  for _, diagnostic in ipairs(vim.diagnostic.get(bufnr)) do
    local covers = diagnostic.lnum <= line and line <= (diagnostic.end_lnum or diagnostic.lnum)
    if covers and diagnostic.source == 'pgpe' and diagnostic.code and not known[diagnostic.code] then
      known[diagnostic.code] = true
      table.insert(rules, { line = diagnostic.lnum, rule = diagnostic.code })
    end
  end
  return rules
end

--- Shows that of a finding at the cursor; asks which one if there are several.
function M.at_cursor(bufnr)
  local found = rules_at(bufnr, vim.api.nvim_win_get_cursor(0)[1] - 1)
  local function show(choice)
    if choice then
      M.show(bufnr, vim.uri_from_bufnr(bufnr), choice.line, choice.rule)
    end
  end
  if #found == 0 then
    vim.notify('pgpe: nothing was found in this line')
  elseif #found == 1 then
    show(found[1])
  else
    local function title(choice)
      return choice.rule
    end
    vim.ui.select(found, { prompt = 'Counterexample of which finding?', format_item = title }, show)
  end
end

return M

--- The SQL of the policy at the cursor, in a window beside it that follows the cursor and what is typed.
local scratch = require('pgpe.scratch')
local server = require('pgpe.server')

local M = {}

local NAME = 'preview'
local HINT = '-- Put the cursor on a policy to see its SQL.'

--- Milliseconds of rest before the server is asked again.
local REST = 60

local namespace = vim.api.nvim_create_namespace('pgpe.preview')

--- What is shown, nil while there is no preview:
---   bufnr, window   where it is shown
---   source          the buffer with the policies
---   table           the table that was chosen; nil for the server's choice
---   asked           what the last question was about, so that it is not asked twice
---   number          of the last question; older answers are dropped
---   result          the last answer
local state

vim.cmd([[
  highlight default link PgpePreviewCurrent Visual
  highlight default link PgpePreviewChanged DiffChange
]])

local function is_before(a, b)
  return a.line < b.line or (a.line == b.line and a.character < b.character)
end

local function contains(range, position)
  return not is_before(position, range.start) and is_before(position, range['end'])
end

--- The first and the last line of a range.
local function lines_of(range)
  local last = range['end'].line
  if range['end'].character == 0 and last > range.start.line then
    last = last - 1
  end
  return range.start.line, last
end

local function highlight(range, group)
  local first, last = lines_of(range)
  for line = first, math.min(last, vim.api.nvim_buf_line_count(state.bufnr) - 1) do
    local mark = { end_row = line + 1, hl_group = group, hl_eol = true }
    vim.api.nvim_buf_set_extmark(state.bufnr, namespace, line, 0, mark)
  end
end

--- Marks what belongs to the cursor's place and what has changed, and scrolls to the former.
local function mark(result, uri, position)
  vim.api.nvim_buf_clear_namespace(state.bufnr, namespace, 0, -1)
  for _, range in ipairs(result.changed or {}) do
    highlight(range, 'PgpePreviewChanged')
  end
  local first
  for _, entry in ipairs(result.map or {}) do
    if entry.uri == uri and contains(entry.policy, position) then
      highlight(entry.sql, 'PgpePreviewCurrent')
      first = math.min(first or math.huge, entry.sql.start.line)
    end
  end
  if first and first < vim.api.nvim_buf_line_count(state.bufnr) then
    vim.api.nvim_win_set_cursor(state.window, { first + 1, 0 })
  end
end

--- What is shown, as a line above or below it.
local function title(result)
  local text = 'pgpe: no policy here'
  if result then
    local policy = type(result.policy) == 'string' and result.policy or 'all policies'
    text = 'pgpe: ' .. policy
    if type(result.table) == 'string' then
      text = text .. ' on ' .. result.table
    end
    local others = #result.tables - 1
    if others > 0 then
      text = ('%s  (t: %d more)'):format(text, others)
    end
  end
  -- Some names could be read as items of the line.
  text = text:gsub('%%', '%%%%')
  local line = vim.fn.exists('+winbar') == 1 and 'winbar' or 'statusline'
  vim.api.nvim_win_set_option(state.window, line, text)
end

local function show(result, uri, position)
  title(result)
  if result then
    if not state.result or state.result.text ~= result.text then
      scratch.write(state.bufnr, result.text)
    end
    state.result = result
    mark(result, uri, position)
  elseif not state.result then
    scratch.write(state.bufnr, HINT)
  end
end

--- The place of the cursor as the protocol counts: in the window of the source, or nil if that is not shown.
local function source_position(client)
  local window = vim.fn.bufwinid(state.source)
  if window < 0 then
    return nil
  end
  return vim.lsp.util.make_position_params(window, client.offset_encoding)
end

local refresh

--- An edit has come first: ContentModified, ServerCancelled.
local overtaken = { [-32801] = true, [-32802] = true }

--- Asks the server, unless the question is the last one again.
local function ask(again)
  local client = state and vim.api.nvim_buf_is_valid(state.source) and server.client(state.source)
  local params = client and source_position(client)
  if not params then
    return
  end
  local position = params.position
  local tick = vim.api.nvim_buf_get_changedtick(state.source)
  local about = { params.textDocument.uri, tick, position.line, position.character, state.table or '' }
  about = table.concat(about, ' ')
  if about == state.asked and not again then
    return
  end
  state.asked = about
  state.number = state.number + 1
  local asked = state
  local number = state.number
  params.table = state.table
  server.request(client, state.source, 'pgpe/compiledSql', params, function(error, result)
    if state ~= asked or number ~= state.number or not vim.api.nvim_win_is_valid(state.window) then
      return
    end
    if error then
      state.asked = nil
      if overtaken[error.code] then
        refresh(true)
      else
        vim.notify('pgpe: ' .. error.message, vim.log.levels.ERROR)
      end
      return
    end
    show(result, params.textDocument.uri, position)
  end)
end

local timer

--- Asks soon, once things are at rest.
refresh = function(again)
  state.again = state.again or again
  timer = timer or vim.loop.new_timer()
  timer:stop()
  timer:start(REST, 0, vim.schedule_wrap(function()
    if state then
      local forced = state.again
      state.again = nil
      ask(forced)
    end
  end))
end

--- Something has happened in a buffer.
local function happened(event)
  if event.buf == state.bufnr or not server.client(event.buf) then
    return
  end
  local is_policy = vim.bo[event.buf].filetype == 'pgpe-policy'
  if is_policy and event.buf ~= state.source and event.buf == vim.api.nvim_get_current_buf() then
    state.source, state.table = event.buf, nil
  end
  -- An edit of the schema or the configuration can change the SQL too.
  refresh(not is_policy and event.event ~= 'CursorMoved' and event.event ~= 'CursorMovedI')
end

local function follow()
  local group = vim.api.nvim_create_augroup('pgpe.preview', {})
  vim.api.nvim_create_autocmd(
    { 'BufEnter', 'CursorMoved', 'CursorMovedI', 'TextChanged', 'TextChangedI', 'BufWritePost' },
    { group = group, callback = happened }
  )
  vim.api.nvim_create_autocmd('BufWipeout', {
    group = group,
    buffer = state.bufnr,
    callback = function()
      state = nil
      vim.api.nvim_del_augroup_by_id(group)
    end,
  })
end

local function keys()
  local function map(key, run, description)
    vim.keymap.set('n', key, run, { buffer = state.bufnr, desc = description })
  end
  map('<CR>', M.jump, 'Go to the policy of this line')
  map('t', M.choose_table, 'Show the SQL for another table')
end

--- Opens the preview for a buffer, or has the one that is open follow it. `for_table` may be empty.
function M.open(source, for_table)
  if not server.client_or_tell(source) then
    return
  end
  if vim.bo[source].filetype ~= 'pgpe-policy' then
    vim.notify('pgpe: this is not a file of policies', vim.log.levels.WARN)
    return
  end
  for_table = for_table ~= '' and for_table or nil
  if not state then
    local bufnr, window = scratch.open(NAME, 'sql', 'vertical belowright split')
    state = { bufnr = bufnr, window = window, number = 0 }
    vim.wo[window].wrap = false
    scratch.write(bufnr, HINT)
    follow()
    keys()
  end
  state.source, state.table = source, for_table
  ask(true)
end

--- Opens the preview for the policy at a place of the protocol.
function M.open_at(source, position)
  local window = vim.fn.bufwinid(source)
  if window > 0 then
    vim.api.nvim_win_set_cursor(window, { position.line + 1, 0 })
  end
  M.open(source, '')
end

--- Closes the preview.
function M.close()
  if state then
    vim.api.nvim_win_close(state.window, true)
  end
end

--- Shows the SQL for another of the tables that the policy governs.
function M.choose_table()
  local tables = state and state.result and state.result.tables or {}
  vim.ui.select(tables, { prompt = 'SQL for which table?' }, function(choice)
    if choice and state then
      state.table = choice
      ask(true)
    end
  end)
end

--- Goes from a line of the SQL to the policy that it comes from.
function M.jump()
  local line = vim.api.nvim_win_get_cursor(0)[1] - 1
  local nearest
  for _, entry in ipairs(state and state.result and state.result.map or {}) do
    local first, last = lines_of(entry.sql)
    local is_narrower = not nearest or is_before(nearest.policy.start, entry.policy.start)
    if first <= line and line <= last and is_narrower then
      nearest = entry
    end
  end
  local client = nearest and server.client(state.source)
  if not client then
    return
  end
  local window = vim.fn.bufwinid(state.source)
  if window > 0 then
    vim.api.nvim_set_current_win(window)
  end
  local location = { uri = nearest.uri, range = nearest.policy }
  if vim.lsp.util.show_document then
    vim.lsp.util.show_document(location, client.offset_encoding, { focus = true })
  else
    vim.lsp.util.jump_to_location(location, client.offset_encoding)
  end
end

--- The tables that begin so, of those that the policy governs.
function M.complete(start)
  local function begins(name)
    return vim.startswith(name, start)
  end
  return vim.tbl_filter(begins, state and state.result and state.result.tables or {})
end

return M

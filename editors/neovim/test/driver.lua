--- Drives a second Neovim as a person would, by keys and commands, and looks at what it shows.
local M = {}

--- Milliseconds that anything may take.
local PATIENCE = 60000

local Editor = {}
Editor.__index = Editor

--- Starts a Neovim with a folder for its configuration and data.
function M.start(home, folder)
  local environment = {
    HOME = home,
    XDG_CONFIG_HOME = home .. '/config',
    XDG_DATA_HOME = home .. '/data',
    XDG_STATE_HOME = home .. '/state',
    XDG_CACHE_HOME = home .. '/cache',
  }
  local command = { vim.v.progpath, '--embed', '--headless', '-n', '-i', 'NONE' }
  local channel = vim.fn.jobstart(command, { rpc = true, env = environment, cwd = folder })
  assert(channel > 0, 'the editor did not start')
  return setmetatable({ channel = channel, folder = folder }, Editor)
end

--- Runs Lua in the editor; its arguments are `...`.
function Editor:lua(code, ...)
  return vim.fn.rpcrequest(self.channel, 'nvim_exec_lua', code, { ... })
end

--- Runs a command and waits for its end.
function Editor:command(command)
  vim.fn.rpcrequest(self.channel, 'nvim_command', command)
end

--- Presses keys, and waits for no result.
function Editor:press(keys)
  vim.fn.rpcrequest(self.channel, 'nvim_input', keys)
end

--- Opens a file of the folder.
function Editor:edit(name)
  self:command('edit ' .. self.folder .. '/' .. name)
end

--- The lines of a buffer, of the current one without a number.
function Editor:lines(bufnr)
  return vim.fn.rpcrequest(self.channel, 'nvim_buf_get_lines', bufnr or 0, 0, -1, false)
end

--- The number of the line that holds a text, counted from 1.
function Editor:line_of(text)
  for number, line in ipairs(self:lines()) do
    if line:find(text, 1, true) then
      return number
    end
  end
  error('no line holds ' .. text, 2)
end

--- Puts the cursor on a text of the current buffer.
function Editor:go_to(text)
  local number = self:line_of(text)
  local column = self:lines()[number]:find(text, 1, true)
  self:press(('<Esc>:call cursor(%d, %d)<CR>'):format(number, column))
  self:wait_for('the cursor on ' .. text, function()
    local place = self:lua('return vim.api.nvim_win_get_cursor(0)')
    return place[1] == number and place[2] == column - 1
  end)
end

--- Waits until a function gives something, and gives that.
function Editor:wait_for(what, look)
  local found
  local came = vim.wait(PATIENCE, function()
    found = look()
    return found
  end, 50)
  if not came then
    local messages = vim.fn.rpcrequest(self.channel, 'nvim_exec', 'messages', true)
    error(('%s did not come; messages:\n%s'):format(what, messages), 2)
  end
  return found
end

--- Diagnostics of the current buffer: `rule@line`, lines counted from 1.
function Editor:findings()
  return self:lua([[
    return vim.tbl_map(function(found)
      return ('%s@%d'):format(found.code, found.lnum + 1)
    end, vim.diagnostic.get(0))
  ]])
end

--- Waits until a rule has, or has not, a finding in a line.
function Editor:wait_for_finding(rule, line, is_there)
  local wanted = ('%s@%d'):format(rule, line)
  self:wait_for((is_there and '' or 'the end of ') .. wanted, function()
    return vim.tbl_contains(self:findings(), wanted) == is_there
  end)
end

--- Waits for the buffer of that name to be shown; gives its number.
function Editor:wait_for_window(name)
  return self:wait_for('a window of ' .. name, function()
    local bufnr = self:lua([[
      for _, window in ipairs(vim.api.nvim_list_wins()) do
        local bufnr = vim.api.nvim_win_get_buf(window)
        if vim.api.nvim_buf_get_name(bufnr) == ... then
          return bufnr
        end
      end
      return 0
    ]], name)
    return bufnr > 0 and bufnr
  end)
end

--- Waits until a buffer holds a text; gives all of its text.
function Editor:wait_for_text(bufnr, text)
  return self:wait_for('the text ' .. text, function()
    local all = table.concat(self:lines(bufnr), '\n')
    return all:find(text, 1, true) and all
  end)
end

--- Ends it; the servers end with it.
function Editor:stop()
  pcall(vim.fn.rpcnotify, self.channel, 'nvim_command', 'qall!')
  if vim.fn.jobwait({ self.channel }, 10000)[1] < 0 then
    vim.fn.jobstop(self.channel)
    error('the editor did not end')
  end
end

return M

--- Windows that show what the server has made.
local M = {}

--- The buffer of that name, which is made if need be; not shown yet.
local function buffer(name)
  local found = vim.fn.bufnr('^' .. name .. '$')
  if found > 0 then
    return found
  end
  local bufnr = vim.api.nvim_create_buf(false, true)
  vim.api.nvim_buf_set_name(bufnr, name)
  vim.bo[bufnr].bufhidden = 'wipe'
  vim.bo[bufnr].modifiable = false
  vim.api.nvim_buf_set_keymap(bufnr, 'n', 'q', '<Cmd>close<CR>', { noremap = true, desc = 'Close' })
  return bufnr
end

--- Replaces a buffer's text.
function M.write(bufnr, text)
  local lines = vim.split(text:gsub('\n$', ''), '\n', { plain = true })
  vim.bo[bufnr].modifiable = true
  vim.api.nvim_buf_set_lines(bufnr, 0, -1, false, lines)
  vim.bo[bufnr].modifiable = false
  vim.bo[bufnr].modified = false
end

--- Shows a buffer of that name beside the current window, which stays the current one. Gives its buffer and window.
function M.open(name, filetype, split)
  local bufnr = buffer('pgpe://' .. name)
  local window = vim.fn.bufwinid(bufnr)
  if window < 0 then
    local before = vim.api.nvim_get_current_win()
    vim.cmd(split)
    window = vim.api.nvim_get_current_win()
    vim.api.nvim_win_set_buf(window, bufnr)
    vim.wo[window].number = false
    vim.wo[window].relativenumber = false
    vim.wo[window].spell = false
    vim.api.nvim_set_current_win(before)
  end
  if vim.bo[bufnr].filetype ~= filetype then
    vim.bo[bufnr].filetype = filetype
  end
  return bufnr, window
end

--- Shows a text below the current window.
function M.show(name, filetype, text)
  local bufnr, window = M.open(name, filetype, 'belowright split')
  M.write(bufnr, text)
  vim.api.nvim_win_set_cursor(window, { 1, 0 })
  return bufnr, window
end

return M

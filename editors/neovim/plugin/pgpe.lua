-- What is there as soon as the editor has started: commands, and the server for the files that concern it.
if vim.g.loaded_pgpe then
  return
end
vim.g.loaded_pgpe = true

if vim.fn.has('nvim-0.7') == 0 then
  vim.cmd([[echohl ErrorMsg | echomsg 'pgpe needs Neovim 0.7 or newer' | echohl None]])
  return
end

require('pgpe.commands').define()
require('pgpe.server').enable()

-- For `vim.lsp.enable('pgpe')`, of Neovim 0.11 and newer.
return require('pgpe.server').config()

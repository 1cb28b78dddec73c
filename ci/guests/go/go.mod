module ringzero/guest

go 1.24

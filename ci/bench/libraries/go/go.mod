module ringzero/bench

go 1.24

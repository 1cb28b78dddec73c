(module
    (func (param i64 i64 i64 i64) (result i64 i64)
        (i64.add128 (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
    (func (param i64 i64 i64 i64) (result i64 i64)
        (i64.sub128 (local.get 0) (local.get 1) (local.get 2) (local.get 3)))
    (func (param i64 i64) (result i64 i64) (i64.mul_wide_s (local.get 0) (local.get 1)))
    (func (param i64 i64) (result i64 i64) (i64.mul_wide_u (local.get 0) (local.get 1))))
;;! function 0 Ok(())
;;! block0(v0: i64, v1: i64, v2: i64, v3: i64):
;;!     v4: i64 = add v0 v2
;;!     v5: i64 = add v1 v3
;;!     v6: i32 = icmp.lt_u v4 v0
;;!     v7: i64 = extend_u v6
;;!     v8: i64 = add v5 v7
;;!     return(v4, v8)
;;! function 1 Ok(())
;;! block0(v0: i64, v1: i64, v2: i64, v3: i64):
;;!     v4: i64 = sub v0 v2
;;!     v5: i64 = sub v1 v3
;;!     v6: i32 = icmp.lt_u v0 v2
;;!     v7: i64 = extend_u v6
;;!     v8: i64 = sub v5 v7
;;!     return(v4, v8)
;;! function 2 Ok(())
;;! block0(v0: i64, v1: i64):
;;!     v2: i64 = mul v0 v1
;;!     v3: i64 = mul_high_s v0 v1
;;!     return(v2, v3)
;;! function 3 Ok(())
;;! block0(v0: i64, v1: i64):
;;!     v2: i64 = mul v0 v1
;;!     v3: i64 = mul_high_u v0 v1
;;!     return(v2, v3)
;;! code of function 0
;;!      0  lea rdi,[rax+rcx]
;;!      4  add rdx,rsi
;;!      7  cmp rdi,rax
;;!      a  adc rdx,0
;;!      e  mov rax,rdi
;;!     11  ret
;;! code of function 1
;;!      0  mov rdi,rax
;;!      3  sub rdi,rcx
;;!      6  sub rdx,rsi
;;!      9  cmp rax,rcx
;;!      c  sbb rdx,0
;;!     10  mov rax,rdi
;;!     13  ret
;;! code of function 2
;;!      0  mov rsi,rax
;;!      3  imul rsi,rdx
;;!      7  mov rcx,rdx
;;!      a  imul rcx
;;!      d  mov rax,rsi
;;!     10  ret
;;! code of function 3
;;!      0  mov rsi,rax
;;!      3  imul rsi,rdx
;;!      7  mov rcx,rdx
;;!      a  mul rcx
;;!      d  mov rax,rsi
;;!     10  ret

//! Wide arithmetic: 128-bit sums and products as pairs of `i64`.
//!
//! In: halves, the low one first. Out: halves in the same order. It does not know signs beyond the two products.

#[inline]
fn join(lo: i64, hi: i64) -> u128 {
    u128::from(lo as u64) | (u128::from(hi as u64) << 64)
}

#[inline]
fn split(wide: u128) -> (i64, i64) {
    (wide as i64, (wide >> 64) as i64)
}

#[inline]
pub(crate) fn i64_add128(a_lo: i64, a_hi: i64, b_lo: i64, b_hi: i64) -> (i64, i64) {
    split(join(a_lo, a_hi).wrapping_add(join(b_lo, b_hi)))
}

#[inline]
pub(crate) fn i64_sub128(a_lo: i64, a_hi: i64, b_lo: i64, b_hi: i64) -> (i64, i64) {
    split(join(a_lo, a_hi).wrapping_sub(join(b_lo, b_hi)))
}

#[inline]
pub(crate) fn i64_mul_wide_s(a: i64, b: i64) -> (i64, i64) {
    split(i128::from(a).wrapping_mul(i128::from(b)) as u128)
}

#[inline]
pub(crate) fn i64_mul_wide_u(a: i64, b: i64) -> (i64, i64) {
    split(u128::from(a as u64).wrapping_mul(u128::from(b as u64)))
}

//! Handlers of the vector operations, made from the table: what each computes is `wasm::simd`'s.
//!
//! In: operands in pairs of slots. Out: a pair of slots, a slot, or a trap.

use super::dispatch::Handler;
use super::machine::{Flow, Machine};
use super::scalar::handler;
use crate::bytecode::for_each_operation;
use crate::wasm::{V128, simd};

macro_rules! handlers {
    (
        { $($scalar:tt)* }
        {
            unary { $($vu:ident = $vuv:ident $vuf:ident;)* }
            binary { $($vb:ident = $vbv:ident $vbf:ident;)* }
            ternary { $($vt:ident = $vtv:ident $vtf:ident;)* }
            shift { $($vs:ident $vsi:ident = $vsv:ident $vsf:ident;)* }
            test { $($ve:ident : $vety:ident = $vev:ident $vef:ident;)* }
            splat { $($vp:ident : $vpty:ident = $vpv:ident $vpf:ident;)* }
            extract { $($vx:ident : $vxty:ident = $vxv:ident $vxf:ident;)* }
            replace { $($vr:ident : $vrty:ident = $vrv:ident $vrf:ident;)* }
            load { $($vl:ident $vla:ident $vls:ident : $vlm:ty => $vlr:ident = $vlv:ident ($vle:expr);)* }
            load_lane { $($ll:ident : $llm:ident = $llv:ident ($lle:expr);)* }
            store_lane { $($sl:ident : $slm:ident = $slv:ident ($sle:expr);)* }
        }
        { $($other:tt)* }
    ) => {
        $(handler!($vu, |m| { let value = simd::$vuf(m.src_vector(2)); m.dst_vector(1, value); m.advance(3) });)*
        $(handler!($vb, |m| {
            let value = simd::$vbf(m.src_vector(2), m.src_vector(3));
            m.dst_vector(1, value);
            m.advance(4)
        });)*
        $(handler!($vt, |m| {
            let value = simd::$vtf(m.src_vector(2), m.src_vector(3), m.src_vector(4));
            m.dst_vector(1, value);
            m.advance(5)
        });)*
        $(handler!($vs, |m| {
            let value = simd::$vsf(m.src_vector(2), m.src(3));
            m.dst_vector(1, value);
            m.advance(4)
        });)*
        $(handler!($vsi, |m| {
            let value = simd::$vsf(m.src_vector(2), i32::from(m.unit(3)));
            m.dst_vector(1, value);
            m.advance(4)
        });)*
        $(handler!($ve, |m| { let value: $vety = simd::$vef(m.src_vector(2)); m.dst(1, value); m.advance(3) });)*
        $(handler!($vp, |m| { let value = simd::$vpf(m.src::<$vpty>(2)); m.dst_vector(1, value); m.advance(3) });)*
        $(handler!($vx, |m| {
            let value: $vxty = simd::$vxf(m.src_vector(2), m.unit(3) as u8);
            m.dst(1, value);
            m.advance(4)
        });)*
        $(handler!($vr, |m| {
            let value = simd::$vrf(m.src_vector(2), m.unit(4) as u8, m.src::<$vrty>(3));
            m.dst_vector(1, value);
            m.advance(5)
        });)*
        $(handler!($vl, |m| match m.load::<$vlm>(2) {
            Ok(value) => { m.dst_vector(1, $vle(value)); m.advance(5) }
            Err(trap) => trap.into(),
        });
        handler!($vls, |m| match m.load_sum::<$vlm>(2) {
            Ok(value) => { m.dst_vector(1, $vle(value)); m.advance(7) }
            Err(trap) => trap.into(),
        });
        handler!($vla, |m| match m.load_any::<$vlm>(2, 3) {
            Ok(value) => { m.dst_vector(1, $vle(value)); m.advance(9) }
            Err(trap) => trap.into(),
        });)*
        $(handler!($ll, |m| match m.load_any::<$llm>(2, 5) {
            Ok(value) => {
                let value = $lle(m.src_vector(3), m.unit(4) as u8, value);
                m.dst_vector(1, value);
                m.advance(11)
            }
            Err(trap) => trap.into(),
        });)*
        $(handler!($sl, |m| {
            let value: $slm = $sle(m.src_vector(2), m.unit(3) as u8);
            m.store_any(1, 4, value)
        });)*
    };
}
for_each_operation!(handlers);

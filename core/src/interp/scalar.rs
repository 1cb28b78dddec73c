//! Handlers of the scalar operations, made from the table: what each computes is `wasm::num`'s.
//!
//! In: operands in slots or in the code. Out: a slot, a branch, or a trap.

use super::dispatch::Handler;
use super::machine::{Flow, Immediate, Machine, Slot};
use crate::bytecode::for_each_operation;
use crate::wasm::num;

macro_rules! handler {
    ($name:ident, |$machine:ident| $body:expr) => {
        #[doc = concat!("`", stringify!($name), "`")]
        pub(super) struct $name;

        impl Handler for $name {
            #[inline(always)]
            fn run($machine: &mut Machine) -> Flow {
                $body
            }
        }
    };
}
pub(super) use handler;

macro_rules! handlers {
    (
        {
            commutative { $($co:ident $coa:ident $coi:ident $coia:ident : $coty:ident = $cov:ident $cof:ident;)* }
            directed { $($di:ident $dia:ident $dira:ident $dii:ident $diia:ident $dir:ident $direva:ident : $dity:ident = $div:ident $dif:ident;)* }
            fallible { $($fa:ident $fai:ident $far:ident : $faty:ident = $fav:ident $faf:ident;)* }
            int_compare { $($ic:ident $ica:ident $ici:ident $icia:ident $icb:ident $icba:ident $icbi:ident $icbia:ident not $icn:ident swapped $ics:ident : $icty:ident = $icv:ident $icf:ident;)* }
            float_compare { $($fc:ident $fca:ident $fcb:ident $fcba:ident $fcn:ident $fcna:ident swapped $fcs:ident : $fcty:ident = $fcv:ident $fcf:ident;)* }
            unary { $($un:ident $una_:ident : $una:ident => $unr:ident = $unv:ident $unf:ident;)* }
            fallible_unary { $($fu:ident : $fua:ident => $fur:ident = $fuv:ident $fuf:ident;)* }
            load { $($lo:ident $loacc:ident $loa:ident $los:ident $lop:ident $lopa:ident $lof:ident : $lom:ty => $lor:ident = $lov:ident ($loe:expr);)* }
            store { $($st:ident $stacc:ident $stat:ident $sti:ident $sta:ident $sts:ident $stsa:ident $stf:ident $stfa:ident : $stv:ident => $stm:ident = $stvi:ident ($ste:expr);)* }
        }
        { $($vector:tt)* }
        { $($other:tt)* }
    ) => {
        $(handler!($co, |m| m.binary::<$coty, _>(num::$cof));
        handler!($coa, |m| m.binary_acc::<$coty, _>(num::$cof));
        handler!($coi, |m| m.binary_imm::<$coty, _>(num::$cof));
        handler!($coia, |m| m.binary_imm_acc::<$coty, _>(num::$cof));)*
        $(handler!($di, |m| m.binary::<$dity, _>(num::$dif));
        handler!($dia, |m| m.binary_acc::<$dity, _>(num::$dif));
        handler!($dira, |m| {
            let value = num::$dif(m.src(2), <$dity>::from_acc(m));
            m.dst(1, value);
            m.advance(4)
        });
        handler!($dii, |m| m.binary_imm::<$dity, _>(num::$dif));
        handler!($diia, |m| m.binary_imm_acc::<$dity, _>(num::$dif));
        handler!($dir, |m| m.binary_imm::<$dity, _>(|b, a| num::$dif(a, b)));
        handler!($direva, |m| m.binary_imm_acc::<$dity, _>(|b, a| num::$dif(a, b)));)*
        $(handler!($fa, |m| match num::$faf(m.src::<$faty>(2), m.src(3)) {
            Ok(value) => { m.dst(1, value); m.advance(4) }
            Err(trap) => trap.into(),
        });
        handler!($fai, |m| match num::$faf(m.src::<$faty>(2), <$faty>::read(m, 3)) {
            Ok(value) => { m.dst(1, value); m.advance(3 + <$faty as Immediate>::UNITS) }
            Err(trap) => trap.into(),
        });
        handler!($far, |m| match num::$faf(<$faty>::read(m, 3), m.src::<$faty>(2)) {
            Ok(value) => { m.dst(1, value); m.advance(3 + <$faty as Immediate>::UNITS) }
            Err(trap) => trap.into(),
        });)*
        $(handler!($ic, |m| m.binary::<$icty, _>(num::$icf));
        handler!($ica, |m| m.binary_acc::<$icty, _>(num::$icf));
        handler!($ici, |m| m.binary_imm::<$icty, _>(num::$icf));
        handler!($icia, |m| m.binary_imm_acc::<$icty, _>(num::$icf));
        handler!($icba, |m| if num::$icf(<$icty>::from_acc(m), m.src(2)) { m.branch(3) } else { m.advance(5) });
        handler!($icbia, |m| if num::$icf(<$icty>::from_acc(m), <$icty>::read(m, 2)) {
            m.branch(2 + <$icty as Immediate>::UNITS)
        } else {
            m.advance(4 + <$icty as Immediate>::UNITS)
        });
        handler!($icb, |m| if num::$icf(m.src::<$icty>(1), m.src(2)) { m.branch(3) } else { m.advance(5) });
        handler!($icbi, |m| if num::$icf(m.src::<$icty>(1), <$icty>::read(m, 2)) {
            m.branch(2 + <$icty as Immediate>::UNITS)
        } else {
            m.advance(4 + <$icty as Immediate>::UNITS)
        });)*
        $(handler!($fc, |m| m.binary::<$fcty, _>(num::$fcf));
        handler!($fca, |m| m.binary_acc::<$fcty, _>(num::$fcf));
        handler!($fcba, |m| if num::$fcf(<$fcty>::from_acc(m), m.src(2)) { m.branch(3) } else { m.advance(5) });
        handler!($fcna, |m| if num::$fcf(<$fcty>::from_acc(m), m.src(2)) { m.advance(5) } else { m.branch(3) });
        handler!($fcb, |m| if num::$fcf(m.src::<$fcty>(1), m.src(2)) { m.branch(3) } else { m.advance(5) });
        handler!($fcn, |m| if num::$fcf(m.src::<$fcty>(1), m.src(2)) { m.advance(5) } else { m.branch(3) });)*
        $(handler!($un, |m| { let value = num::$unf(m.src::<$una>(2)); m.dst(1, value); m.advance(3) });
        handler!($una_, |m| { let value = num::$unf(<$una>::from_acc(m)); m.dst(1, value); m.advance(3) });)*
        $(handler!($fu, |m| match num::$fuf(m.src::<$fua>(2)) {
            Ok(value) => { m.dst(1, value); m.advance(3) }
            Err(trap) => trap.into(),
        });)*
        $(handler!($lo, |m| match m.load::<$lom>(2) {
            Ok(value) => { let value: $lor = $loe(value); m.dst(1, value); m.advance(5) }
            Err(trap) => trap.into(),
        });
        handler!($los, |m| match m.load_sum::<$lom>(2) {
            Ok(value) => { let value: $lor = $loe(value); m.dst(1, value); m.advance(7) }
            Err(trap) => trap.into(),
        });
        handler!($lop, |m| match m.load_pair::<$lom>(m.src(2), 3) {
            Ok(value) => { let value: $lor = $loe(value); m.dst(1, value); m.advance(6) }
            Err(trap) => trap.into(),
        });
        handler!($lopa, |m| match m.load_pair::<$lom>(m.acc as u32, 3) {
            Ok(value) => { let value: $lor = $loe(value); m.dst(1, value); m.advance(6) }
            Err(trap) => trap.into(),
        });
        handler!($lof, |m| match m.load_fixed::<$lom>(2) {
            Ok(value) => { let value: $lor = $loe(value); m.dst(1, value); m.advance(4) }
            Err(trap) => trap.into(),
        });
        handler!($loacc, |m| match m.load_acc::<$lom>(3) {
            Ok(value) => { let value: $lor = $loe(value); m.dst(1, value); m.advance(5) }
            Err(trap) => trap.into(),
        });
        handler!($loa, |m| match m.load_any::<$lom>(2, 3) {
            Ok(value) => { let value: $lor = $loe(value); m.dst(1, value); m.advance(9) }
            Err(trap) => trap.into(),
        });)*
        $(handler!($st, |m| { let value: $stm = $ste(m.src::<$stv>(2)); m.store(1, 3, value) });
        handler!($stacc, |m| { let value: $stm = $ste(<$stv>::from_acc(m)); m.store(1, 3, value) });
        handler!($stat, |m| { let value: $stm = $ste(m.src::<$stv>(2)); m.store_acc(3, value) });
        handler!($sti, |m| {
            let value: $stm = $ste(<$stv>::read(m, 2));
            m.store(1, 2 + <$stv as Immediate>::UNITS, value)
        });
        handler!($sts, |m| { let value: $stm = $ste(m.src::<$stv>(4)); m.store_sum(1, 5, value) });
        handler!($stsa, |m| { let value: $stm = $ste(<$stv>::from_acc(m)); m.store_sum(1, 5, value) });
        handler!($stf, |m| { let value: $stm = $ste(m.src::<$stv>(1)); m.store_fixed(2, value) });
        handler!($stfa, |m| { let value: $stm = $ste(<$stv>::from_acc(m)); m.store_fixed(2, value) });
        handler!($sta, |m| { let value: $stm = $ste(m.src::<$stv>(2)); m.store_any(1, 3, value) });)*
    };
}
for_each_operation!(handlers);

impl Machine {
    /// `dst left right`
    #[inline(always)]
    fn binary<T: Slot, R: Slot>(&mut self, compute: impl Fn(T, T) -> R) -> Flow {
        let value = compute(self.src(2), self.src(3));
        self.dst(1, value);
        self.advance(4)
    }

    /// `dst (accumulator) right`
    #[inline(always)]
    fn binary_acc<T: Slot, R: Slot>(&mut self, compute: impl Fn(T, T) -> R) -> Flow {
        let value = compute(T::from_acc(self), self.src(3));
        self.dst(1, value);
        self.advance(4)
    }

    /// `dst (accumulator) immediate`
    #[inline(always)]
    fn binary_imm_acc<T: Slot + Immediate, R: Slot>(&mut self, compute: impl Fn(T, T) -> R) -> Flow {
        let value = compute(T::from_acc(self), T::read(self, 3));
        self.dst(1, value);
        self.advance(3 + T::UNITS)
    }

    /// `dst left immediate`
    #[inline(always)]
    fn binary_imm<T: Slot + Immediate, R: Slot>(&mut self, compute: impl Fn(T, T) -> R) -> Flow {
        let value = compute(self.src(2), T::read(self, 3));
        self.dst(1, value);
        self.advance(3 + T::UNITS)
    }
}

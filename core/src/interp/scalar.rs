//! Handlers of the scalar operations, made from the table: what each computes is `wasm::num`'s.
//!
//! In: operands in slots or in the code. Out: a slot, a branch, or a trap.

use super::dispatch::Handler;
use super::machine::{Flow, Immediate, Machine, Slot};
use crate::bytecode::for_each_operation;
use crate::wasm::num;

macro_rules! handler {
    ($name:ident |$machine:ident| $body:expr) => {
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
            commutative { $($co:ident $coi:ident : $coty:ident = $cov:ident $cof:ident;)* }
            directed { $($di:ident $dii:ident $dir:ident : $dity:ident = $div:ident $dif:ident;)* }
            fallible { $($fa:ident $fai:ident $far:ident : $faty:ident = $fav:ident $faf:ident;)* }
            int_compare { $($ic:ident $ici:ident $icb:ident $icbi:ident not $icn:ident swapped $ics:ident : $icty:ident = $icv:ident $icf:ident;)* }
            float_compare { $($fc:ident $fcb:ident $fcn:ident : $fcty:ident = $fcv:ident $fcf:ident;)* }
            unary { $($un:ident : $una:ident => $unr:ident = $unv:ident $unf:ident;)* }
            fallible_unary { $($fu:ident : $fua:ident => $fur:ident = $fuv:ident $fuf:ident;)* }
            load { $($lo:ident $loa:ident : $lom:ty => $lor:ident = $lov:ident ($loe:expr);)* }
            store { $($st:ident $sti:ident $sta:ident : $stv:ident => $stm:ident = $stvi:ident ($ste:expr);)* }
        }
        { $($vector:tt)* }
        { $($other:tt)* }
    ) => {
        $(handler!($co |m| m.binary::<$coty, _>(num::$cof));
        handler!($coi |m| m.binary_imm::<$coty, _>(num::$cof));)*
        $(handler!($di |m| m.binary::<$dity, _>(num::$dif));
        handler!($dii |m| m.binary_imm::<$dity, _>(num::$dif));
        handler!($dir |m| m.binary_imm::<$dity, _>(|b, a| num::$dif(a, b)));)*
        $(handler!($fa |m| match num::$faf(m.src::<$faty>(2), m.src(3)) {
            Ok(value) => { m.dst(1, value); m.advance(4) }
            Err(trap) => trap.into(),
        });
        handler!($fai |m| match num::$faf(m.src::<$faty>(2), <$faty>::read(m, 3)) {
            Ok(value) => { m.dst(1, value); m.advance(3 + <$faty as Immediate>::UNITS) }
            Err(trap) => trap.into(),
        });
        handler!($far |m| match num::$faf(<$faty>::read(m, 3), m.src::<$faty>(2)) {
            Ok(value) => { m.dst(1, value); m.advance(3 + <$faty as Immediate>::UNITS) }
            Err(trap) => trap.into(),
        });)*
        $(handler!($ic |m| m.binary::<$icty, _>(num::$icf));
        handler!($ici |m| m.binary_imm::<$icty, _>(num::$icf));
        handler!($icb |m| if num::$icf(m.src::<$icty>(1), m.src(2)) { m.branch(3) } else { m.advance(5) });
        handler!($icbi |m| if num::$icf(m.src::<$icty>(1), <$icty>::read(m, 2)) {
            m.branch(2 + <$icty as Immediate>::UNITS)
        } else {
            m.advance(4 + <$icty as Immediate>::UNITS)
        });)*
        $(handler!($fc |m| m.binary::<$fcty, _>(num::$fcf));
        handler!($fcb |m| if num::$fcf(m.src::<$fcty>(1), m.src(2)) { m.branch(3) } else { m.advance(5) });
        handler!($fcn |m| if num::$fcf(m.src::<$fcty>(1), m.src(2)) { m.advance(5) } else { m.branch(3) });)*
        $(handler!($un |m| { let value = num::$unf(m.src::<$una>(2)); m.dst(1, value); m.advance(3) });)*
        $(handler!($fu |m| match num::$fuf(m.src::<$fua>(2)) {
            Ok(value) => { m.dst(1, value); m.advance(3) }
            Err(trap) => trap.into(),
        });)*
        $(handler!($lo |m| match m.load::<$lom>(2) {
            Ok(value) => { let value: $lor = $loe(value); m.dst(1, value); m.advance(5) }
            Err(trap) => trap.into(),
        });
        handler!($loa |m| match m.load_any::<$lom>(2, 3) {
            Ok(value) => { let value: $lor = $loe(value); m.dst(1, value); m.advance(9) }
            Err(trap) => trap.into(),
        });)*
        $(handler!($st |m| { let value: $stm = $ste(m.src::<$stv>(2)); m.store(1, 3, value) });
        handler!($sti |m| {
            let value: $stm = $ste(<$stv>::read(m, 2));
            m.store(1, 2 + <$stv as Immediate>::UNITS, value)
        });
        handler!($sta |m| { let value: $stm = $ste(m.src::<$stv>(2)); m.store_any(1, 3, value) });)*
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

    /// `dst left immediate`
    #[inline(always)]
    fn binary_imm<T: Slot + Immediate, R: Slot>(&mut self, compute: impl Fn(T, T) -> R) -> Flow {
        let value = compute(self.src(2), T::read(self, 3));
        self.dst(1, value);
        self.advance(3 + T::UNITS)
    }
}
